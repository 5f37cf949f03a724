//! A comparison in words.

use iso_currency::Currency as IsoCurrency;
use serde_json::Value;
use time::Date;
use uuid::Uuid;

use super::comparison::Comparison;
use super::condition::{Operand, Test};
use super::explain::ExplainedTest;
use super::facts::{Creator, Found, Labels};
use super::field::FieldKind;
use super::literal::write_date;
use super::number::Number;
use super::text::Text;
use super::verdict::Verdict;
use crate::lead::Money;

/// Characters of one quoted value, and values of one list, that are worth reading.
const QUOTED: usize = 200;
const LISTED: usize = 20;

/// What `test` compared with what, and what came of it.
pub(super) fn explained(test: &Test, found: Found<'_>, verdict: Verdict) -> ExplainedTest {
    let field = test.field.name().into_owned();
    let expected = test.operand.words();
    let actual = found.words();
    let has =
        actual.as_ref().map_or_else(|| "has no value".to_owned(), |words| format!("is {words}"));
    let obstacle = match verdict {
        Verdict::OtherCurrency => ", and amounts compare within one currency only",
        Verdict::WrongType => match test.field.kind() {
            FieldKind::Number => ", which is not a number",
            FieldKind::Date => ", which is not a day like 2026-11-21",
            FieldKind::Boolean => ", which is neither true nor false",
            FieldKind::Labels => ", which is not a list of texts",
            FieldKind::Text | FieldKind::Choice | FieldKind::Money | FieldKind::Id => {
                ", which is not a text"
            }
        },
        _ => "",
    };
    let detail = format!("{field} {has}{obstacle}; it must {expected}");
    ExplainedTest { field, operator: test.operand.operator(), expected, actual, detail }
}

impl Operand {
    fn words(&self) -> String {
        match self {
            Self::Exists(true) => "have a value".to_owned(),
            Self::Exists(false) => "have no value".to_owned(),
            Self::Contains(text) => format!("contain {}", text.words()),
            Self::StartsWith(text) => format!("start with {}", text.words()),
            Self::Text(own) => own.words(),
            Self::Number(own) => own.words(),
            Self::Money(own) => own.words(),
            Self::Date(own) => own.words(),
            Self::Boolean(own) => own.words(),
            Self::Id(own) => own.words(),
        }
    }
}

impl<T: Words> Comparison<T> {
    fn words(&self) -> String {
        match self {
            Self::Eq(own) => format!("be {}", own.words()),
            Self::Ne(own) => format!("not be {}", own.words()),
            Self::In(list) => format!("be one of {}", listed(list.iter().map(Words::words))),
            Self::NotIn(list) => format!("be none of {}", listed(list.iter().map(Words::words))),
            Self::Gt(own) => format!("be above {}", own.words()),
            Self::Gte(own) => format!("be at least {}", own.words()),
            Self::Lt(own) => format!("be below {}", own.words()),
            Self::Lte(own) => format!("be at most {}", own.words()),
            Self::Between([low, high]) => {
                format!("be from {} to {}", low.words(), high.words())
            }
        }
    }
}

impl Found<'_> {
    /// `None` where there is nothing.
    fn words(&self) -> Option<String> {
        Some(match self {
            Self::Missing => return None,
            Self::WrongType(value) => cut(&value.to_string()),
            Self::Text(text) => quoted(text),
            Self::Labels(Labels::Tags(tags)) => listed(tags.iter().map(|tag| quoted(tag))),
            Self::Labels(Labels::Items(items)) => {
                listed(items.iter().filter_map(Value::as_str).map(|item| quoted(item.trim())))
            }
            Self::Labels(Labels::One(label)) => quoted(label),
            Self::Number(number) => number.words(),
            Self::Money(money) => money.words(),
            Self::Date(date) => date.words(),
            Self::Boolean(value) => value.words(),
            Self::Creator(Creator::User(id)) => format!("the user {id}"),
            Self::Creator(Creator::ApiKey(id)) => format!("the API key {id}"),
        })
    }
}

/// A single value.
pub(super) trait Words {
    fn words(&self) -> String;
}

impl Words for Text {
    fn words(&self) -> String {
        quoted(self.given())
    }
}

impl Words for Number {
    fn words(&self) -> String {
        self.json().to_string()
    }
}

/// In the currency's larger unit, where it has one: `1250.00 GBP`, `1250 JPY`.
impl Words for Money {
    fn words(&self) -> String {
        let code = self.currency.code();
        let digits = IsoCurrency::from_code(code).and_then(|currency| currency.exponent());
        let digits = digits.map_or(0, usize::from);
        let amount = format!("{:0>width$}", self.amount_minor, width = digits + 1);
        let (larger, smaller) = amount.split_at(amount.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        format!("{larger}{point}{smaller} {code}")
    }
}

impl Words for Date {
    fn words(&self) -> String {
        write_date(*self)
    }
}

impl Words for bool {
    fn words(&self) -> String {
        self.to_string()
    }
}

impl Words for Uuid {
    fn words(&self) -> String {
        self.to_string()
    }
}

fn quoted(text: &str) -> String {
    format!("“{}”", cut(text))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn listed(values: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = values.collect();
    let more = words.len().saturating_sub(LISTED);
    if more > 0 {
        words.truncate(LISTED);
        words.push(format!("{more} more"));
    }
    words.join(", ")
}
