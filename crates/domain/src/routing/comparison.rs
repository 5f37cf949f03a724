//! Comparing one value of a lead with one or several of a rule.

use std::cmp::Ordering;

use time::Date;
use uuid::Uuid;

use super::operator::Operator;
use super::verdict::Verdict;
use crate::lead::Money;

/// A rule's value that values of leads are held against.
pub(super) trait Scale<V: ?Sized> {
    /// Where `value` stands: below, at, or above this one. `None` when the two do not compare.
    fn place(&self, value: &V) -> Option<Ordering>;
}

/// A comparison with its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Comparison<T> {
    Eq(T),
    Ne(T),
    /// Never empty.
    In(Vec<T>),
    /// Never empty.
    NotIn(Vec<T>),
    Gt(T),
    Gte(T),
    Lt(T),
    Lte(T),
    /// The lower end first; both belong to it.
    Between([T; 2]),
}

impl<T> Comparison<T> {
    /// What it finds of a lead's value.
    pub(super) fn verdict<V: ?Sized>(&self, value: &V) -> Verdict
    where
        T: Scale<V>,
    {
        match self {
            Self::Eq(own) => met(own.place(value), Ordering::is_eq, Verdict::NotEqual),
            Self::Ne(own) => met(own.place(value), Ordering::is_ne, Verdict::Equal),
            Self::In(list) if is_listed(list, value) => Verdict::Matched,
            Self::In(_) => Verdict::NotListed,
            Self::NotIn(list) if is_listed(list, value) => Verdict::Listed,
            Self::NotIn(_) => Verdict::Matched,
            Self::Gt(own) => met(own.place(value), Ordering::is_gt, Verdict::TooLow),
            Self::Gte(own) => met(own.place(value), Ordering::is_ge, Verdict::TooLow),
            Self::Lt(own) => met(own.place(value), Ordering::is_lt, Verdict::TooHigh),
            Self::Lte(own) => met(own.place(value), Ordering::is_le, Verdict::TooHigh),
            Self::Between([low, high]) => {
                match met(low.place(value), Ordering::is_ge, Verdict::TooLow) {
                    Verdict::Matched => met(high.place(value), Ordering::is_le, Verdict::TooHigh),
                    below => below,
                }
            }
        }
    }

    /// Whether it says what a value must not be: then a lead without a value matches.
    pub(super) const fn is_negative(&self) -> bool {
        matches!(self, Self::Ne(_) | Self::NotIn(_))
    }

    /// Its values in order.
    pub(super) fn values(&self) -> &[T] {
        match self {
            Self::In(list) | Self::NotIn(list) => list,
            Self::Between(ends) => ends,
            Self::Eq(own)
            | Self::Ne(own)
            | Self::Gt(own)
            | Self::Gte(own)
            | Self::Lt(own)
            | Self::Lte(own) => std::slice::from_ref(own),
        }
    }

    pub(super) const fn operator(&self) -> Operator {
        match self {
            Self::Eq(_) => Operator::Eq,
            Self::Ne(_) => Operator::Ne,
            Self::In(_) => Operator::In,
            Self::NotIn(_) => Operator::NotIn,
            Self::Gt(_) => Operator::Gt,
            Self::Gte(_) => Operator::Gte,
            Self::Lt(_) => Operator::Lt,
            Self::Lte(_) => Operator::Lte,
            Self::Between(_) => Operator::Between,
        }
    }
}

fn is_listed<T: Scale<V>, V: ?Sized>(list: &[T], value: &V) -> bool {
    list.iter().any(|own| own.place(value) == Some(Ordering::Equal))
}

/// `None`, no place on the scale, is what only money has: amounts of another currency.
fn met(place: Option<Ordering>, holds: fn(Ordering) -> bool, otherwise: Verdict) -> Verdict {
    match place {
        None => Verdict::OtherCurrency,
        Some(place) if holds(place) => Verdict::Matched,
        Some(_) => otherwise,
    }
}

impl Scale<Self> for Money {
    fn place(&self, value: &Self) -> Option<Ordering> {
        (self.currency == value.currency).then(|| value.amount_minor.cmp(&self.amount_minor))
    }
}

macro_rules! own_order {
    ($($value:ty),+) => {$(
        impl Scale<Self> for $value {
            fn place(&self, value: &Self) -> Option<Ordering> {
                Some(value.cmp(self))
            }
        }
    )+};
}
own_order!(Date, bool, Uuid);
