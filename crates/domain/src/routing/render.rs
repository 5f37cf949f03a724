//! Conditions as JSON, as they are read.

use serde_json::{Map, Value, json};
use time::Date;
use uuid::Uuid;

use super::comparison::Comparison;
use super::condition::{Conditions, Node, Operand, Test};
use super::literal::write_date;
use super::number::Number;
use super::text::Text;
use crate::lead::Money;

impl Conditions {
    /// As [`Conditions::parse`] and [`Conditions::saved`] read them, with texts in the form in which
    /// they are compared: phone numbers in E.164, options and statuses as their list writes them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.0.to_json()
    }
}

impl Node {
    fn to_json(&self) -> Value {
        match self {
            Self::Test(test) => test.to_json(),
            Self::Group(combine, nodes) => {
                let nodes = nodes.iter().map(Self::to_json).collect();
                Value::Object(Map::from_iter([(combine.as_str().to_owned(), nodes)]))
            }
        }
    }
}

impl Test {
    fn to_json(&self) -> Value {
        json!({
            "field": self.field.name(),
            "operator": self.operand.operator().as_str(),
            "value": self.operand.to_json(),
        })
    }
}

impl Operand {
    fn to_json(&self) -> Value {
        match self {
            Self::Exists(wanted) => json!(wanted),
            Self::Contains(text) | Self::StartsWith(text) => text.to_json(),
            Self::Text(own) => own.to_json(),
            Self::Number(own) => own.to_json(),
            Self::Money(own) => own.to_json(),
            Self::Date(own) => own.to_json(),
            Self::Boolean(own) => own.to_json(),
            Self::Id(own) => own.to_json(),
        }
    }
}

impl<T: ToJson> Comparison<T> {
    fn to_json(&self) -> Value {
        match self {
            Self::In(_) | Self::NotIn(_) | Self::Between(_) => {
                self.values().iter().map(ToJson::to_json).collect()
            }
            Self::Eq(own)
            | Self::Ne(own)
            | Self::Gt(own)
            | Self::Gte(own)
            | Self::Lt(own)
            | Self::Lte(own) => own.to_json(),
        }
    }
}

/// A single value.
pub(super) trait ToJson {
    fn to_json(&self) -> Value;
}

impl ToJson for Text {
    fn to_json(&self) -> Value {
        json!(self.given())
    }
}

impl ToJson for Number {
    fn to_json(&self) -> Value {
        self.json()
    }
}

impl ToJson for Money {
    fn to_json(&self) -> Value {
        json!({"amount_minor": self.amount_minor, "currency": self.currency.code()})
    }
}

impl ToJson for Date {
    fn to_json(&self) -> Value {
        json!(write_date(*self))
    }
}

impl ToJson for bool {
    fn to_json(&self) -> Value {
        json!(self)
    }
}

impl ToJson for Uuid {
    fn to_json(&self) -> Value {
        json!(self.to_string())
    }
}
