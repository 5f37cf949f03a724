//! What happened to a lead, one event after the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{FieldChange, NewLead};

/// What an event says: what it changed, and what else is known of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Fields before and after, of the lead or of the record that the event names. The owner is
    /// `owner_id`.
    pub changes: Vec<FieldChange>,
    /// Ids, numbers and codes.
    pub data: Map<String, Value>,
    /// What people wrote.
    pub details: Map<String, Value>,
}

impl Told {
    /// Reads an event's data and its personal part, which is empty where it was erased: then of the
    /// fields that `data` names only the names are left.
    #[must_use]
    pub fn read(data: Value, details: Option<Value>) -> Self {
        let mut data = object(data);
        let mut details = details.map(object).unwrap_or_default();
        let mut values = Pairs::take(&mut data);
        values.0.extend(Pairs::take(&mut details).0);
        for field in array(data.remove("fields")) {
            values.0.entry(field).or_default();
        }
        let changes = values
            .0
            .into_iter()
            .map(|(field, (before, after))| FieldChange { field, before, after })
            .collect();
        Self { changes, data, details }
    }

    /// What a lead was added as: what it is, without what was changed since. `changed` are the
    /// changes of its fields, in their order.
    #[must_use]
    pub fn added_as(
        lead: &NewLead,
        changed: impl IntoIterator<Item = FieldChange>,
    ) -> Vec<FieldChange> {
        let mut first: BTreeMap<String, Value> = BTreeMap::new();
        for FieldChange { field, before, .. } in changed {
            first.entry(field).or_insert(before);
        }
        let mut values = lead.values();
        for (field, value) in first {
            match values.iter_mut().find(|(known, _)| *known == field) {
                Some((_, known)) => *known = value,
                None => values.push((field, value)),
            }
        }
        values
            .into_iter()
            .filter(|(_, value)| {
                !value.is_null() && value.as_array().is_none_or(|it| !it.is_empty())
            })
            .map(|(field, after)| FieldChange { field, before: Value::Null, after })
            .collect()
    }
}

/// Values before and after, by field.
struct Pairs(BTreeMap<String, (Value, Value)>);

impl Pairs {
    fn take(from: &mut Map<String, Value>) -> Self {
        let mut pairs: BTreeMap<String, (Value, Value)> = BTreeMap::new();
        for (field, value) in from.remove("before").map(object).unwrap_or_default() {
            pairs.entry(field).or_default().0 = value;
        }
        for (field, value) in from.remove("after").map(object).unwrap_or_default() {
            pairs.entry(field).or_default().1 = value;
        }
        Self(pairs)
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn array(value: Option<Value>) -> impl Iterator<Item = String> {
    let items = match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    items.into_iter().filter_map(|item| match item {
        Value::String(text) => Some(text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn change(field: &str, before: Value, after: Value) -> FieldChange {
        FieldChange { field: field.to_owned(), before, after }
    }

    #[test]
    fn both_parts_of_an_event_are_told_together() {
        let told = Told::read(
            json!({"fields": ["status", "email"], "before": {"status": "new"},
                   "after": {"status": "won"}, "turn": 3}),
            Some(
                json!({"before": {"email": null}, "after": {"email": "a@b.example"}, "note": "x"}),
            ),
        );
        let expected = [
            change("email", Value::Null, json!("a@b.example")),
            change("status", json!("new"), json!("won")),
        ];
        assert_eq!(told.changes, expected);
        assert_eq!(Value::Object(told.data), json!({"turn": 3}));
        assert_eq!(Value::Object(told.details), json!({"note": "x"}));
    }

    #[test]
    fn of_what_was_erased_the_names_are_left() {
        let told =
            Told::read(json!({"fields": ["email"], "before": {}, "after": {}}), Some(json!({})));
        assert_eq!(told.changes, [change("email", Value::Null, Value::Null)]);
        assert_eq!(Told::read(Value::Null, None), Told::default());
    }
}
