//! What conditions mean, read from their JSON and the lead's input.

use std::cmp::Ordering;

use evenhand_domain::lead::LeadInput;
use evenhand_domain::routing::Creator;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) fn holds(condition: &Value, lead: &LeadInput, creator: Creator) -> bool {
    if let Some(inner) = condition["all"].as_array() {
        return inner.iter().all(|inner| holds(inner, lead, creator));
    }
    if let Some(inner) = condition["any"].as_array() {
        return inner.iter().any(|inner| holds(inner, lead, creator));
    }
    let field = condition["field"].as_str().unwrap();
    let operator = condition["operator"].as_str().unwrap();
    let wanted = &condition["value"];
    let actual = actual(field, lead, creator);
    let missing = match &actual {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match operator {
        "exists" => wanted.as_bool() == Some(!missing),
        "ne" | "not_in" if missing => true,
        _ if missing => false,
        _ if !fits(field, &actual) => false,
        _ if field == "tags" || field == "custom_fields.choices" => {
            let labels = actual.as_array().cloned().unwrap_or_else(|| vec![actual.clone()]);
            labels_hold(operator, &labels, wanted)
        }
        _ => compared(operator, &actual, wanted),
    }
}

fn actual(field: &str, lead: &LeadInput, creator: Creator) -> Value {
    let (kind, id): (&str, Uuid) = match creator {
        Creator::User(id) => ("user", id.uuid()),
        Creator::ApiKey(id) => ("api_key", id.uuid()),
    };
    match field {
        "first_name" => json!(lead.first_name),
        "last_name" => json!(lead.last_name),
        "email" => json!(lead.email),
        "email_domain" => json!(lead.email.as_ref().map(|email| email.split('@').next_back())),
        "phone" => json!(lead.phone),
        "company" => json!(lead.company),
        "source" => json!(lead.source),
        "product" => json!(lead.product),
        "country" => json!(lead.country),
        "external_id" => json!(lead.external_id),
        "status" => json!(lead.status),
        "tags" => json!(lead.tags),
        "creator_type" => json!(kind),
        "creator_id" => json!(id),
        "value" => lead.value.as_ref().map_or(
            Value::Null,
            |(amount, currency)| json!({"amount_minor": amount, "currency": currency}),
        ),
        custom => {
            let key = custom.strip_prefix("custom_fields.").unwrap();
            lead.custom_fields.get(key).cloned().unwrap_or(Value::Null)
        }
    }
}

/// Whether a custom field's value is of its kind.
fn fits(field: &str, actual: &Value) -> bool {
    match field {
        "custom_fields.text" | "custom_fields.choice" => actual.is_string(),
        "custom_fields.number" => actual.is_number(),
        "custom_fields.boolean" => actual.is_boolean(),
        "custom_fields.date" => actual.as_str().is_some_and(|text| text.starts_with("202")),
        "custom_fields.choices" => match actual {
            Value::Array(items) => items.iter().all(Value::is_string),
            other => other.is_string(),
        },
        _ => true,
    }
}

fn labels_hold(operator: &str, labels: &[Value], wanted: &Value) -> bool {
    let is =
        |wanted: &Value| labels.iter().any(|label| order(label, wanted) == Some(Ordering::Equal));
    let named = match wanted {
        Value::Array(list) => list.iter().any(is),
        single => is(single),
    };
    named != (operator == "not_in")
}

fn compared(operator: &str, actual: &Value, wanted: &Value) -> bool {
    let equal = |wanted: &Value| order(actual, wanted) == Some(Ordering::Equal);
    let at_least = |wanted: &Value| order(actual, wanted).is_some_and(Ordering::is_ge);
    let at_most = |wanted: &Value| order(actual, wanted).is_some_and(Ordering::is_le);
    let lower = |value: &Value| folded(value.as_str().unwrap());
    match operator {
        "eq" => equal(wanted),
        "ne" => order(actual, wanted).is_some() && !equal(wanted),
        "in" => wanted.as_array().unwrap().iter().any(equal),
        "not_in" => !wanted.as_array().unwrap().iter().any(equal),
        "contains" => lower(actual).contains(&lower(wanted)),
        "starts_with" => lower(actual).starts_with(&lower(wanted)),
        "gt" => at_least(wanted) && !equal(wanted),
        "gte" => at_least(wanted),
        "lt" => at_most(wanted) && !equal(wanted),
        "lte" => at_most(wanted),
        _ => at_least(&wanted[0]) && at_most(&wanted[1]),
    }
}

/// `None` for amounts of two currencies.
fn order(actual: &Value, wanted: &Value) -> Option<Ordering> {
    match (actual, wanted) {
        (Value::String(actual), Value::String(wanted)) => Some(folded(actual).cmp(&folded(wanted))),
        (Value::Bool(actual), Value::Bool(wanted)) => Some(actual.cmp(wanted)),
        (Value::Number(actual), Value::Number(wanted)) => {
            actual.as_f64().unwrap().partial_cmp(&wanted.as_f64().unwrap())
        }
        _ if actual["currency"] != wanted["currency"] => None,
        _ => Some(actual["amount_minor"].as_i64().cmp(&wanted["amount_minor"].as_i64())),
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase().replace('ς', "σ")
}
