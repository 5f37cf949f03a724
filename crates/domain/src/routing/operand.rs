//! Reading the value of a condition, once its field and operator are known.

use std::cmp::Ordering;

use serde_json::Value;

use super::comparison::{Comparison, Scale};
use super::condition::Operand;
use super::field::{Field, FieldKind};
use super::operator::Operator;
use super::vocabulary::Vocabulary;
use super::{bounds, json, literal};
use crate::error::Faults;

/// The operand of an operator that the field has. `None` exactly when a fault was noted.
pub(super) fn read(
    field: &Field,
    operator: Operator,
    value: &Value,
    pointer: &str,
    vocabulary: Vocabulary<'_>,
    faults: &mut Faults,
) -> Option<Operand> {
    let text = |value: &Value, pointer: &str, faults: &mut Faults| {
        let text = json::text(value, pointer, faults)?;
        faults.keep(pointer, literal::text(field, operator, text, vocabulary))
    };
    let money = |value: &Value, pointer: &str, faults: &mut Faults| {
        literal::money(value, pointer, vocabulary, faults)
    };
    match operator {
        Operator::Exists => return json::boolean(value, pointer, faults).map(Operand::Exists),
        Operator::Contains => return text(value, pointer, faults).map(Operand::Contains),
        Operator::StartsWith => return text(value, pointer, faults).map(Operand::StartsWith),
        _ => {}
    }
    let place = Place { operator, value, pointer };
    match field.kind() {
        FieldKind::Text | FieldKind::Choice | FieldKind::Labels => {
            place.comparison(text, faults).map(Operand::Text)
        }
        FieldKind::Number => place.comparison(literal::number, faults).map(Operand::Number),
        FieldKind::Money => place.comparison(money, faults).map(Operand::Money),
        FieldKind::Date => place.comparison(literal::date, faults).map(Operand::Date),
        FieldKind::Boolean => place.comparison(json::boolean, faults).map(Operand::Boolean),
        FieldKind::Id => place.comparison(literal::id, faults).map(Operand::Id),
    }
}

/// A value to read, where it stands, and what it is for.
struct Place<'a> {
    operator: Operator,
    value: &'a Value,
    pointer: &'a str,
}

impl Place<'_> {
    /// `one` reads a single value.
    fn comparison<T: Scale<T>>(
        &self,
        one: impl Fn(&Value, &str, &mut Faults) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<Comparison<T>> {
        let make = match self.operator {
            Operator::In => return self.list(one, faults).map(Comparison::In),
            Operator::NotIn => return self.list(one, faults).map(Comparison::NotIn),
            Operator::Between => {
                return self.list(one, faults).and_then(|ends| self.between(ends, faults));
            }
            Operator::Eq => Comparison::Eq,
            Operator::Ne => Comparison::Ne,
            Operator::Gt => Comparison::Gt,
            Operator::Gte => Comparison::Gte,
            Operator::Lt => Comparison::Lt,
            Operator::Lte => Comparison::Lte,
            Operator::Contains | Operator::StartsWith | Operator::Exists => {
                faults.add(self.pointer, "invalid_value", "not a comparison");
                return None;
            }
        };
        one(self.value, self.pointer, faults).map(make)
    }

    fn list<T>(
        &self,
        one: impl Fn(&Value, &str, &mut Faults) -> Option<T>,
        faults: &mut Faults,
    ) -> Option<Vec<T>> {
        let items = json::array(self.value, self.pointer, bounds::VALUES, faults)?;
        // All are read before any is missed, so that every fault is found.
        let read: Vec<Option<T>> = (items.iter().enumerate())
            .map(|(index, item)| one(item, &format!("{}/{index}", self.pointer), faults))
            .collect();
        read.into_iter().collect()
    }

    fn between<T: Scale<T>>(&self, ends: Vec<T>, faults: &mut Faults) -> Option<Comparison<T>> {
        let Ok([low, high]) = <[T; 2]>::try_from(ends) else {
            faults.add(self.pointer, "invalid_value", "expected two values: from and to");
            return None;
        };
        let (code, detail) = match low.place(&high) {
            None => ("other_currency", "both amounts need the same currency"),
            Some(Ordering::Less) => ("invalid_value", "must not be below the first"),
            Some(_) => return Some(Comparison::Between([low, high])),
        };
        faults.add(format!("{}/1", self.pointer), code, detail);
        None
    }
}
