//! Numbers of custom fields, compared exactly.

use std::cmp::Ordering;

use serde_json::{Number as JsonNumber, Value};

use super::comparison::Scale;

/// Beyond it a JSON number with a fraction, or one too large for 64 bits, no longer stands for one
/// value only; a lead's custom fields refuse such numbers for the same reason.
const EXACT: f64 = 9e15;

/// A whole number, or one with a fraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Whole(i64),
    /// Never whole, and smaller than [`EXACT`].
    Fraction(f64),
}

impl Number {
    /// `None` for a number that is not kept exactly.
    pub(super) fn read(number: &JsonNumber) -> Option<Self> {
        if let Some(whole) = number.as_i64() {
            return Some(Self::Whole(whole));
        }
        let float = number.as_f64().filter(|float| float.abs() < EXACT)?;
        let whole = float.fract() == 0.0;
        Some(if whole { Self::Whole(float as i64) } else { Self::Fraction(float) })
    }

    pub(super) fn json(self) -> Value {
        match self {
            Self::Whole(whole) => whole.into(),
            Self::Fraction(float) => float.into(),
        }
    }
}

impl Scale<Self> for Number {
    fn place(&self, value: &Self) -> Option<Ordering> {
        match (value, self) {
            (Self::Whole(value), Self::Whole(own)) => Some(value.cmp(own)),
            (Self::Fraction(value), Self::Fraction(own)) => value.partial_cmp(own),
            (Self::Whole(value), Self::Fraction(own)) => Some(against(*value, *own)),
            (Self::Fraction(value), Self::Whole(own)) => Some(against(*own, *value).reverse()),
        }
    }
}

/// How a whole number stands against one with a fraction: against the whole number below it,
/// which no two 64-bit numbers share.
fn against(whole: i64, fraction: f64) -> Ordering {
    let below = fraction.floor() as i64;
    if whole <= below { Ordering::Less } else { Ordering::Greater }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(value: &Value) -> Option<Number> {
        value.as_number().and_then(Number::read)
    }

    #[test]
    fn numbers_compare_exactly_however_they_are_written() {
        let ascending = [
            json!(i64::MIN),
            json!(-2),
            json!(-1.5),
            json!(-1.0),
            json!(0),
            json!(0.1),
            json!(1),
            json!(i64::MAX),
        ];
        for (index, low) in ascending.iter().enumerate() {
            for (other, high) in ascending.iter().enumerate() {
                let place = number(high).unwrap().place(&number(low).unwrap());
                assert_eq!(place, Some(index.cmp(&other)), "{low} {high}");
            }
        }
        assert_eq!(number(&json!(1000.0)), Some(Number::Whole(1000)));
    }

    #[test]
    fn what_is_not_kept_exactly_is_no_number() {
        assert_eq!(number(&json!(u64::MAX)), None);
        assert_eq!(number(&json!(1e16)), None);
    }
}
