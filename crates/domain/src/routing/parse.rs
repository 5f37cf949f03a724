//! Reading conditions from JSON, with every fault at once.
//!
//! A condition is `{"field", "operator", "value"}`, or `{"all": [condition, …]}`, or
//! `{"any": [condition, …]}`.

use serde_json::{Map, Value};

use super::condition::{Combine, Conditions, Node, Test};
use super::custom_field::CustomFields;
use super::field::{CUSTOM_PREFIX, Field, LeadField};
use super::operator::Operator;
use super::vocabulary::Vocabulary;
use super::{bounds, json, operand};
use crate::error::{Error, Faults};

impl Conditions {
    /// Reads conditions that somebody writes; `pointer` is their place in the body.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(
        value: &Value,
        pointer: &str,
        vocabulary: Vocabulary<'_>,
        faults: &mut Faults,
    ) -> Option<Self> {
        json::faultless(faults, |faults| {
            let mut parser = Parser { vocabulary, faults, tests: 0 };
            let node = parser.node(value, pointer, 1);
            if parser.tests > bounds::CONDITIONS {
                let detail = format!("at most {} conditions in one rule", bounds::CONDITIONS);
                faults.add(pointer, "too_many", detail);
            }
            node.map(Self)
        })
    }

    /// Reads conditions that were saved, with the definitions of the present. A status or option
    /// that is gone since stays; it matches nothing any more.
    ///
    /// # Errors
    /// [`Error::Internal`] when they cannot be read: altered in storage, or a custom field that
    /// they mention has lost its definition or changed its kind.
    pub fn saved(value: &Value, custom_fields: &CustomFields) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let conditions = Self::parse(value, "", Vocabulary::saved(custom_fields), &mut faults);
        conditions.ok_or_else(|| Error::internal(format!("saved conditions: {faults}")))
    }
}

struct Parser<'a> {
    vocabulary: Vocabulary<'a>,
    faults: &'a mut Faults,
    /// Conditions met so far; beyond the bound no more are looked at.
    tests: usize,
}

impl Parser<'_> {
    /// `level` is that of the group, should this be one; the outermost is 1.
    fn node(&mut self, value: &Value, pointer: &str, level: usize) -> Option<Node> {
        if let Value::Object(members) = value {
            let groups = Combine::BOTH.map(|combine| members.contains_key(combine.as_str()));
            match groups {
                [false, false] => {}
                [true, false] => return self.group(value, members, Combine::All, pointer, level),
                [false, true] => return self.group(value, members, Combine::Any, pointer, level),
                [true, true] => {
                    let detail = "either `all` or `any`: put one into the other";
                    self.faults.add(pointer, "invalid_value", detail);
                    return None;
                }
            }
        }
        self.tests += 1;
        if self.tests > bounds::CONDITIONS {
            return None;
        }
        self.test(value, pointer).map(Node::Test)
    }

    fn group(
        &mut self,
        value: &Value,
        members: &Map<String, Value>,
        combine: Combine,
        pointer: &str,
        level: usize,
    ) -> Option<Node> {
        let name = combine.as_str();
        let place = format!("{pointer}/{name}");
        json::object(value, pointer, &[name], self.faults)?;
        if level > bounds::DEPTH {
            let detail = format!("at most {} levels of `all` and `any`", bounds::DEPTH);
            self.faults.add(pointer, "too_deep", detail);
            return None;
        }
        let Some(Value::Array(items)) = members.get(name) else {
            return json::wrong_type(&place, "an array of conditions", self.faults);
        };
        // Only a whole rule may ask nothing; an `any` of nothing would never hold.
        if items.is_empty() && !(level == 1 && combine == Combine::All) {
            self.faults.add(place, "required", "at least one condition");
            self.tests += 1;
            return None;
        }
        let mut nodes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            if self.tests > bounds::CONDITIONS {
                break;
            }
            nodes.extend(self.node(item, &format!("{place}/{index}"), level + 1));
        }
        Some(Node::Group(combine, nodes))
    }

    fn test(&mut self, value: &Value, pointer: &str) -> Option<Test> {
        let members = json::object(value, pointer, &["field", "operator", "value"], self.faults)?;
        let field = json::required(members, "field", pointer, self.faults)
            .and_then(|field| self.field(field, &format!("{pointer}/field")));
        let operator = json::required(members, "operator", pointer, self.faults)
            .and_then(|name| self.operator(name, field.as_ref(), &format!("{pointer}/operator")));
        // `exists` alone says enough.
        let value = match members.get("value") {
            None if operator == Some(Operator::Exists) => &Value::Bool(true),
            _ => json::required(members, "value", pointer, self.faults)?,
        };
        let (field, operator) = (field?, operator?);
        let place = format!("{pointer}/value");
        let operand = operand::read(&field, operator, value, &place, self.vocabulary, self.faults)?;
        Some(Test { field, operand })
    }

    fn field(&mut self, value: &Value, pointer: &str) -> Option<Field> {
        let name = json::text(value, pointer, self.faults)?;
        if let Some(key) = name.strip_prefix(CUSTOM_PREFIX) {
            let Some(defined) = self.vocabulary.custom_field(key) else {
                let detail = "no custom field with this key is defined";
                self.faults.add(pointer, "undefined_custom_field", detail);
                return None;
            };
            return Some(Field::Custom { key: key.to_owned(), kind: defined.kind.field_kind() });
        }
        let field = LeadField::from_text(name).map(Field::Lead);
        if field.is_none() {
            let known: Vec<&str> = LeadField::ALL.iter().map(|field| field.as_str()).collect();
            let detail = format!("the fields are: {}, {CUSTOM_PREFIX}<key>", known.join(", "));
            self.faults.add(pointer, "unknown_lead_field", detail);
        }
        field
    }

    fn operator(
        &mut self,
        value: &Value,
        field: Option<&Field>,
        pointer: &str,
    ) -> Option<Operator> {
        let name = json::text(value, pointer, self.faults)?;
        let operator = Operator::from_text(name);
        let allowed = field.map_or(Operator::ALL, |field| field.kind().operators());
        if operator.is_some_and(|operator| allowed.contains(&operator)) {
            return operator;
        }
        let allowed: Vec<&str> = allowed.iter().map(|operator| operator.as_str()).collect();
        let code = if operator.is_some() { "operator_not_allowed" } else { "unknown_operator" };
        self.faults.add(pointer, code, format!("expected one of: {}", allowed.join(", ")));
        None
    }
}
