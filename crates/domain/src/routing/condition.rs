//! Conditions, and the one evaluator that routing and its explanation share.

use uuid::Uuid;

use super::comparison::Comparison;
use super::facts::{Facts, Found, Labels};
use super::field::Field;
use super::number::Number;
use super::operator::Operator;
use super::text::Text;
use super::verdict::Verdict;
use crate::lead::Money;

/// A rule's conditions: valid, typed, ready to evaluate.
///
/// An `all` of nothing holds for every lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions(pub(super) Node);

/// A condition, or several combined.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Group(Combine, Vec<Node>),
    Test(Test),
}

/// How the conditions of a group are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combine {
    All,
    Any,
}

impl Combine {
    pub(super) const BOTH: [Self; 2] = [Self::All, Self::Any];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
        }
    }
}

/// One field held against one operand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) field: Field,
    pub(super) operand: Operand,
}

/// An operator with its values, of the field's kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Exists(bool),
    /// Of a text or choice, or (listed or not) of labels.
    Text(Comparison<Text>),
    /// A part of a text, or one of the labels.
    Contains(Text),
    StartsWith(Text),
    Number(Comparison<Number>),
    Money(Comparison<Money>),
    Date(Comparison<time::Date>),
    Boolean(Comparison<bool>),
    Id(Comparison<Uuid>),
}

/// Watches an evaluation.
pub(super) trait Witness {
    /// Whether it wants to see also what can no longer change the outcome.
    const THOROUGH: bool;

    /// A group is begun: what follows is inside it.
    fn enter(&mut self, combine: Combine);
    /// The group begun last is done.
    fn leave(&mut self, verdict: Verdict);
    /// One condition was evaluated.
    fn test(&mut self, test: &Test, found: Found<'_>, verdict: Verdict);
}

impl Conditions {
    /// Whether a condition looks at the custom field with this key: then its definition is needed.
    #[must_use]
    pub fn mentions_custom_field(&self, key: &str) -> bool {
        self.0.any_test(
            &mut |test| matches!(&test.field, Field::Custom { key: own, .. } if own == key),
        )
    }
}

impl Node {
    pub(super) fn holds<W: Witness>(&self, facts: Facts<'_>, witness: &mut W) -> bool {
        match self {
            Self::Test(test) => {
                let found = facts.read(&test.field);
                let verdict = test.operand.verdict(found);
                witness.test(test, found, verdict);
                verdict.is_match()
            }
            Self::Group(combine, nodes) => {
                witness.enter(*combine);
                let (decisive, failure) = match combine {
                    Combine::All => (false, Verdict::NotAllMatched),
                    Combine::Any => (true, Verdict::NoneMatched),
                };
                let mut matched = !decisive;
                for node in nodes {
                    if node.holds(facts, witness) == decisive {
                        matched = decisive;
                        if !W::THOROUGH {
                            break;
                        }
                    }
                }
                witness.leave(Verdict::when(matched, failure));
                matched
            }
        }
    }

    fn any_test(&self, holds: &mut impl FnMut(&Test) -> bool) -> bool {
        match self {
            Self::Test(test) => holds(test),
            Self::Group(_, nodes) => nodes.iter().any(|node| node.any_test(holds)),
        }
    }
}

impl Operand {
    fn verdict(&self, found: Found<'_>) -> Verdict {
        match (self, found) {
            (Self::Exists(true), Found::Missing) => Verdict::ValueMissing,
            (Self::Exists(false), Found::Missing) | (Self::Exists(true), _) => Verdict::Matched,
            (Self::Exists(false), _) => Verdict::ValuePresent,
            (operand, Found::Missing) => {
                Verdict::when(operand.is_negative(), Verdict::ValueMissing)
            }
            (Self::Text(own), Found::Text(text)) => own.verdict(text),
            (Self::Text(own), Found::Labels(labels)) => of_labels(own, labels),
            (Self::Contains(own), Found::Text(text)) => {
                Verdict::when(own.is_within(text), Verdict::NotContained)
            }
            (Self::Contains(own), Found::Labels(labels)) => {
                Verdict::when(labels.any(|label| own.is(label)), Verdict::NotContained)
            }
            (Self::StartsWith(own), Found::Text(text)) => {
                Verdict::when(own.begins(text), Verdict::OtherStart)
            }
            (Self::Number(own), Found::Number(number)) => own.verdict(&number),
            (Self::Money(own), Found::Money(money)) => own.verdict(money),
            (Self::Date(own), Found::Date(date)) => own.verdict(&date),
            (Self::Boolean(own), Found::Boolean(value)) => own.verdict(&value),
            (Self::Id(own), Found::Creator(creator)) => own.verdict(&creator.uuid()),
            _ => Verdict::WrongType,
        }
    }

    const fn is_negative(&self) -> bool {
        match self {
            Self::Text(own) => own.is_negative(),
            Self::Number(own) => own.is_negative(),
            Self::Money(own) => own.is_negative(),
            Self::Date(own) => own.is_negative(),
            Self::Boolean(own) => own.is_negative(),
            Self::Id(own) => own.is_negative(),
            Self::Exists(_) | Self::Contains(_) | Self::StartsWith(_) => false,
        }
    }

    pub(super) const fn operator(&self) -> Operator {
        match self {
            Self::Exists(_) => Operator::Exists,
            Self::Contains(_) => Operator::Contains,
            Self::StartsWith(_) => Operator::StartsWith,
            Self::Text(own) => own.operator(),
            Self::Number(own) => own.operator(),
            Self::Money(own) => own.operator(),
            Self::Date(own) => own.operator(),
            Self::Boolean(own) => own.operator(),
            Self::Id(own) => own.operator(),
        }
    }
}

/// One label that is named decides: it is enough for `in`, and too much for `not_in`.
fn of_labels(own: &Comparison<Text>, labels: Labels<'_>) -> Verdict {
    let named = labels.any(|label| own.values().iter().any(|text| text.is(label)));
    if own.is_negative() {
        Verdict::when(!named, Verdict::Listed)
    } else {
        Verdict::when(named, Verdict::NotListed)
    }
}
