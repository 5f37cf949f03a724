//! Whether the custom fields of a lead are what their definitions say.

use serde_json::{Map, Value};

use super::custom_field::{CustomField, CustomFieldKind, CustomFields};
use super::facts::{Found, Labels, custom};
use super::text::Text;
use crate::error::Faults;

impl CustomFields {
    /// Notes a fault for each value that is not of its field's type, or none of its options. Fields
    /// without a definition take anything, and a defined one may be absent, null or blank.
    pub fn check(&self, values: &Map<String, Value>, faults: &mut Faults) {
        for (key, value) in values {
            let Some(field) = self.get(key) else { continue };
            let step = key.replace('~', "~0").replace('/', "~1");
            field.check(value, &format!("/custom_fields/{step}"), faults);
        }
    }
}

impl CustomField {
    fn check(&self, value: &Value, pointer: &str, faults: &mut Faults) {
        match custom(value, self.kind.field_kind()) {
            Found::WrongType(value) => {
                let (code, expected) = self.kind.expected(value);
                faults.add(pointer, code, format!("expected {expected}"));
            }
            Found::Text(option) | Found::Labels(Labels::One(option)) => {
                self.kind.check_option(option, pointer, faults);
            }
            Found::Labels(Labels::Items(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let option = item.as_str().unwrap_or_default().trim();
                    self.kind.check_option(option, &format!("{pointer}/{index}"), faults);
                }
            }
            _ => {}
        }
    }
}

impl CustomFieldKind {
    fn check_option(&self, option: &str, pointer: &str, faults: &mut Faults) {
        let Some(options) = self.options() else { return };
        let given = Text::new(option);
        if !options.iter().any(|known| given.is(known)) {
            let detail = format!("the options are: {}", options.join(", "));
            faults.add(pointer, "unknown_option", detail);
        }
    }

    /// What is wrong with a value of another type, and what was expected.
    fn expected(&self, value: &Value) -> (&'static str, &'static str) {
        let code = match (self, value) {
            (Self::Date, Value::String(_)) | (Self::Number, Value::Number(_)) => "invalid_value",
            _ => "invalid_type",
        };
        let expected = match self {
            Self::Text => "a text",
            Self::Number => "a number of no more digits than are kept",
            Self::Boolean => "true or false",
            Self::Date => "a day like 2026-11-21",
            Self::Choice(_) => "a text: one of the options",
            Self::Choices(_) => "an array of texts: some of the options",
        };
        (code, expected)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::custom_fields;
    use super::*;

    fn faults(values: Value) -> Vec<(String, &'static str)> {
        let Value::Object(values) = values else { panic!("an object") };
        let mut faults = Faults::default();
        custom_fields().check(&values, &mut faults);
        faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code)).collect()
    }

    #[test]
    fn values_of_the_kind_that_is_defined_pass() {
        for values in [
            json!({"plan": " pro", "budget": 1.5, "topics": ["basic", "PRO"], "note": "any"}),
            json!({"since": "2026-02-28", "vip": false, "topics": "Pro"}),
            json!({"plan": null, "budget": "", "topics": [], "since": " ", "vip": null}),
            json!({"nobody defined this": {"at": ["all"]}}),
        ] {
            assert_eq!(faults(values.clone()), [], "{values}");
        }
    }

    #[test]
    fn every_other_value_is_named() {
        let values = json!({
            "plan": "Gold", "budget": "1", "topics": ["Pro", "Gold"], "since": "28/02/2026",
            "vip": "yes", "note": 7,
        });
        let expected = [
            ("/custom_fields/budget", "invalid_type"),
            ("/custom_fields/note", "invalid_type"),
            ("/custom_fields/plan", "unknown_option"),
            ("/custom_fields/since", "invalid_value"),
            ("/custom_fields/topics/1", "unknown_option"),
            ("/custom_fields/vip", "invalid_type"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
        assert_eq!(faults(values), expected);
        let mixed = json!({"topics": ["Pro", 1], "since": 20260228, "plan": ["Pro"]});
        assert_eq!(faults(mixed).len(), 3);
    }
}
