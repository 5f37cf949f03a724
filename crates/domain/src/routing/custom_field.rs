//! Definitions of an organization's own fields: they give conditions on `custom_fields.<key>` a
//! type.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::field::FieldKind;
use super::text::Text;
use super::{bounds, json};
use crate::error::{Error, Faults};
use crate::text::required_line;

/// One of the organization's own fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// Its key in a lead's `custom_fields`, case and all.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What its values are.
    pub kind: CustomFieldKind,
}

/// What the values of a custom field are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomFieldKind {
    /// Any text.
    Text,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A calendar day as text, `2026-11-21`.
    Date,
    /// One of these options.
    Choice(Vec<String>),
    /// Any number of these options: an array of texts, or a single text.
    Choices(Vec<String>),
}

impl CustomFieldKind {
    /// The words the API uses for a definition's `type`.
    pub const NAMES: [&'static str; 6] = ["text", "number", "boolean", "date", "choice", "choices"];

    /// The word the API uses.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Choice(_) => "choice",
            Self::Choices(_) => "choices",
        }
    }

    /// The options of a choice.
    #[must_use]
    pub fn options(&self) -> Option<&[String]> {
        match self {
            Self::Choice(options) | Self::Choices(options) => Some(options),
            Self::Text | Self::Number | Self::Boolean | Self::Date => None,
        }
    }

    /// How conditions compare it.
    #[must_use]
    pub const fn field_kind(&self) -> FieldKind {
        match self {
            Self::Text => FieldKind::Text,
            Self::Number => FieldKind::Number,
            Self::Boolean => FieldKind::Boolean,
            Self::Date => FieldKind::Date,
            Self::Choice(_) => FieldKind::Choice,
            Self::Choices(_) => FieldKind::Labels,
        }
    }

    fn read(members: &Map<String, Value>, faults: &mut Faults) -> Option<Self> {
        let name = json::required(members, "type", "", faults)
            .and_then(|value| json::text(value, "/type", faults));
        let simple = match name? {
            "choice" => return options(members, faults).map(Self::Choice),
            "choices" => return options(members, faults).map(Self::Choices),
            "text" => Self::Text,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            _ => {
                let known = Self::NAMES.join(", ");
                faults.add("/type", "invalid_value", format!("expected one of: {known}"));
                return None;
            }
        };
        if members.get("options").is_some_and(|options| !options.is_null()) {
            faults.add("/options", "invalid_value", ONLY_CHOICES);
            return None;
        }
        Some(simple)
    }
}

impl CustomField {
    /// Reads `{key, label, type, options?}`, noting every fault.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(value: &Value, faults: &mut Faults) -> Option<Self> {
        json::faultless(faults, |faults| {
            let members = json::object(value, "", &["key", "label", "type", "options"], faults)?;
            let key = line(members, "key", bounds::KEY, faults);
            let label = line(members, "label", bounds::LABEL, faults);
            let kind = CustomFieldKind::read(members, faults);
            Some(Self { key: key?, label: label?, kind: kind? })
        })
    }

    /// The field with the change made.
    ///
    /// # Errors
    /// [`Error::Invalid`] for options of a field that is no choice.
    pub fn changed(self, change: CustomFieldChange) -> Result<Self, Error> {
        let kind = match (self.kind, change.options) {
            (kind, None) => kind,
            (CustomFieldKind::Choice(_), Some(options)) => CustomFieldKind::Choice(options),
            (CustomFieldKind::Choices(_), Some(options)) => CustomFieldKind::Choices(options),
            _ => return Err(Error::invalid("/options", "invalid_value", ONLY_CHOICES)),
        };
        Ok(Self { key: self.key, label: change.label.unwrap_or(self.label), kind })
    }

    /// As [`CustomField::parse`] reads it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut value = json!({"key": self.key, "label": self.label, "type": self.kind.as_str()});
        if let Some(options) = self.kind.options() {
            value["options"] = json!(options);
        }
        value
    }
}

const ONLY_CHOICES: &str = "only choices have options";

/// A change of a custom field: what is `None` stays. Key and type never change: conditions and
/// leads go by them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFieldChange {
    /// New label.
    pub label: Option<String>,
    /// New options, replacing all that there were.
    pub options: Option<Vec<String>>,
}

impl CustomFieldChange {
    /// Reads a JSON merge patch of `{label, options}`: absent keeps, null is a fault.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(value: &Value, faults: &mut Faults) -> Option<Self> {
        json::faultless(faults, |faults| {
            let members = json::object(value, "", &["label", "options"], faults)?;
            let mut change = Self::default();
            if members.contains_key("label") {
                change.label = line(members, "label", bounds::LABEL, faults);
            }
            if members.contains_key("options") {
                change.options = options(members, faults);
            }
            Some(change)
        })
    }
}

fn line(
    members: &Map<String, Value>,
    name: &str,
    most: usize,
    faults: &mut Faults,
) -> Option<String> {
    let value = json::required(members, name, "", faults)?;
    let pointer = format!("/{name}");
    let text = json::text(value, &pointer, faults)?;
    faults.keep(&pointer, required_line(text, most))
}

/// Options are compared like all texts, so no two may differ by case alone.
fn options(members: &Map<String, Value>, faults: &mut Faults) -> Option<Vec<String>> {
    let value = json::required(members, "options", "", faults)?;
    let items = json::array(value, "/options", bounds::OPTIONS, faults)?;
    let mut options: Vec<String> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let pointer = format!("/options/{index}");
        let Some(text) = json::text(item, &pointer, faults) else { continue };
        let Some(option) = faults.keep(&pointer, required_line(text, bounds::LABEL)) else {
            continue;
        };
        let folded = Text::new(option.as_str());
        if options.iter().any(|other| folded.is(other)) {
            faults.add(pointer, "duplicate", "named before, case does not count");
        }
        options.push(option);
    }
    Some(options)
}

/// The definitions of an organization, by key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFields(BTreeMap<String, CustomField>);

impl CustomFields {
    /// The definition of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&CustomField> {
        self.0.get(key)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every definition, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = &CustomField> {
        self.0.values()
    }
}

/// Of several definitions with one key the last counts.
impl FromIterator<CustomField> for CustomFields {
    fn from_iter<I: IntoIterator<Item = CustomField>>(fields: I) -> Self {
        Self(fields.into_iter().map(|field| (field.key.clone(), field)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(value: &Value) -> Vec<(String, &'static str)> {
        let mut faults = Faults::default();
        let field = CustomField::parse(value, &mut faults);
        assert_eq!(field.is_none(), !faults.is_empty());
        faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code)).collect()
    }

    #[test]
    fn a_definition_comes_back_as_it_was() {
        for value in [
            json!({"key": "plan", "label": "Plan", "type": "choice", "options": ["Basic", "Pro"]}),
            json!({"key": "Budget (GBP)", "label": "Budget", "type": "number"}),
        ] {
            let field = CustomField::parse(&value, &mut Faults::default()).unwrap();
            assert_eq!(field.to_json(), value);
        }
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let value = json!({"key": "plan", "label": "Plan", "type": "choice", "options": ["Pro"]});
        let plan = CustomField::parse(&value, &mut Faults::default()).unwrap();
        let change = |value| CustomFieldChange::parse(&value, &mut Faults::default());
        let renamed = plan.clone().changed(change(json!({"label": "Tariff"})).unwrap()).unwrap();
        assert_eq!((renamed.label.as_str(), &renamed.kind), ("Tariff", &plan.kind));
        let widened = plan.clone().changed(change(json!({"options": ["Pro", "Max"]})).unwrap());
        assert_eq!(widened.unwrap().kind.options().unwrap(), ["Pro", "Max"]);
        let text = CustomField { kind: CustomFieldKind::Text, ..plan };
        assert!(text.changed(change(json!({"options": ["Pro"]})).unwrap()).is_err());
        for wrong in [json!({"label": null}), json!({"options": []}), json!({"type": "text"})] {
            assert_eq!(change(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let value = json!({"key": " ", "type": "choice", "options": ["a", 1, "A"], "a/b": 1});
        let expected = [
            ("/a~1b", "unknown_field"),
            ("/key", "required"),
            ("/label", "required"),
            ("/options/1", "invalid_type"),
            ("/options/2", "duplicate"),
        ];
        assert_eq!(faults(&value), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
        let value = json!({"key": "a", "label": "A", "type": "date", "options": ["x"]});
        assert_eq!(faults(&value), [("/options".to_owned(), "invalid_value")]);
        let value = json!({"key": "a", "label": "A", "type": "choice", "options": []});
        assert_eq!(faults(&value), [("/options".to_owned(), "required")]);
        let value = json!({"key": "a", "label": "A", "type": "money"});
        assert_eq!(faults(&value), [("/type".to_owned(), "invalid_value")]);
    }
}
