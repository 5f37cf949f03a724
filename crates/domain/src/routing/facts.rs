//! What a lead has in a field.

use serde_json::Value;
use time::Date;

use super::field::{Field, FieldKind, LeadField};
use super::literal::read_date;
use super::number::Number;
use crate::ids::{ApiKeyId, UserId};
use crate::lead::{Money, NewLead};
use crate::permission::Subject;

/// Who enters a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creator {
    /// A person.
    User(UserId),
    /// An integration.
    ApiKey(ApiKeyId),
}

impl Creator {
    /// The values of the field `creator_type`.
    pub const TYPES: [&'static str; 2] = ["user", "api_key"];

    const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => Self::TYPES[0],
            Self::ApiKey(_) => Self::TYPES[1],
        }
    }

    pub(super) const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::ApiKey(id) => id.uuid(),
        }
    }
}

impl From<&Subject> for Creator {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::User { id, .. } => Self::User(*id),
            Subject::ApiKey { id, .. } => Self::ApiKey(*id),
        }
    }
}

/// All that conditions look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) lead: &'a NewLead,
    pub(super) creator: Creator,
}

/// The value of a field, borrowed from the lead.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    /// Absent, null, blank, or a list of nothing.
    Missing,
    /// Not of the kind that the custom field's definition says.
    WrongType(&'a Value),
    Text(&'a str),
    Labels(Labels<'a>),
    Number(Number),
    Money(&'a Money),
    Date(Date),
    Boolean(bool),
    Creator(Creator),
}

/// Several texts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Labels<'a> {
    Tags(&'a [String]),
    /// Of a custom field; every item is a text.
    Items(&'a [Value]),
    /// A custom field with a single text instead of a list, as forms send one ticked box.
    One(&'a str),
}

impl<'a> Labels<'a> {
    pub(super) fn any(self, mut holds: impl FnMut(&'a str) -> bool) -> bool {
        match self {
            Self::Tags(tags) => tags.iter().any(|tag| holds(tag)),
            Self::Items(items) => {
                items.iter().filter_map(Value::as_str).any(|item| holds(item.trim()))
            }
            Self::One(label) => holds(label),
        }
    }
}

impl<'a> Facts<'a> {
    pub(super) fn read(self, field: &Field) -> Found<'a> {
        match field {
            Field::Lead(field) => self.of_lead(*field),
            Field::Custom { key, kind } => self
                .lead
                .custom_fields
                .get(key)
                .map_or(Found::Missing, |value| custom(value, *kind)),
        }
    }

    fn of_lead(self, field: LeadField) -> Found<'a> {
        let lead = self.lead;
        let text = match field {
            LeadField::FirstName => lead.first_name.as_deref(),
            LeadField::LastName => lead.last_name.as_deref(),
            LeadField::Email => lead.email.as_ref().map(|email| email.key()),
            LeadField::EmailDomain => {
                lead.email.as_ref().and_then(|email| email.key().rsplit_once('@')).map(|(_, of)| of)
            }
            LeadField::Phone => lead.phone.as_ref().map(|phone| phone.e164()),
            LeadField::Company => lead.company.as_deref(),
            LeadField::Source => lead.source.as_deref(),
            LeadField::Product => lead.product.as_deref(),
            LeadField::Country => lead.country.as_ref().map(|country| country.code()),
            LeadField::ExternalId => lead.external_id.as_deref(),
            LeadField::Status => Some(lead.status.as_str()),
            LeadField::CreatorType => Some(self.creator.kind()),
            LeadField::Value => return lead.value.as_ref().map_or(Found::Missing, Found::Money),
            LeadField::Tags if lead.tags.is_empty() => None,
            LeadField::Tags => return Found::Labels(Labels::Tags(&lead.tags)),
            LeadField::CreatorId => return Found::Creator(self.creator),
        };
        text.map_or(Found::Missing, Found::Text)
    }
}

pub(super) fn custom(value: &Value, kind: FieldKind) -> Found<'_> {
    let found = match (kind, value) {
        (_, Value::Null) => return Found::Missing,
        (_, Value::String(text)) if text.trim().is_empty() => return Found::Missing,
        (_, Value::Array(items)) if items.is_empty() => return Found::Missing,
        (FieldKind::Text | FieldKind::Choice, Value::String(text)) => {
            Some(Found::Text(text.trim()))
        }
        (FieldKind::Labels, Value::String(label)) => Some(Found::Labels(Labels::One(label.trim()))),
        (FieldKind::Labels, Value::Array(items)) if items.iter().all(Value::is_string) => {
            Some(Found::Labels(Labels::Items(items)))
        }
        (FieldKind::Number, Value::Number(number)) => Number::read(number).map(Found::Number),
        (FieldKind::Date, Value::String(text)) => read_date(text.trim()).map(Found::Date),
        (FieldKind::Boolean, Value::Bool(value)) => Some(Found::Boolean(*value)),
        _ => None,
    };
    found.unwrap_or(Found::WrongType(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_custom_value_is_missing_of_its_kind_or_wrong() {
        for value in [json!(null), json!(" "), json!([])] {
            assert!(matches!(custom(&value, FieldKind::Labels), Found::Missing), "{value}");
        }
        assert!(matches!(custom(&json!(" a "), FieldKind::Text), Found::Text("a")));
        assert!(matches!(custom(&json!("2026-02-28"), FieldKind::Date), Found::Date(_)));
        for (value, kind) in [
            (json!(1), FieldKind::Text),
            (json!("1"), FieldKind::Number),
            (json!("true"), FieldKind::Boolean),
            (json!("2026-02-29"), FieldKind::Date),
            (json!(["a", 1]), FieldKind::Labels),
            (json!({}), FieldKind::Choice),
        ] {
            assert!(matches!(custom(&value, kind), Found::WrongType(_)), "{value}");
        }
    }

    #[test]
    fn one_ticked_box_is_a_list_of_one() {
        for value in [json!(" a "), json!([" a "]), json!(["b", "a"])] {
            let Found::Labels(labels) = custom(&value, FieldKind::Labels) else {
                panic!("{value}");
            };
            assert!(labels.any(|label| label == "a"));
        }
    }
}
