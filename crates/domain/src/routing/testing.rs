//! An organization, its custom fields and leads for tests.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Conditions, Creator, CustomField, CustomFields, Rule, RuleSettings, Target, Vocabulary,
};
use crate::error::Faults;
use crate::ids::{OrganizationId, RuleId, UserId};
use crate::lead::{LeadInput, NewLead};
use crate::organization::{Country, Currency, Organization};

pub(super) const CREATOR: Creator = Creator::User(UserId::from_uuid(Uuid::from_u128(7)));

pub(super) fn organization() -> Organization {
    Organization {
        id: OrganizationId::from_uuid(Uuid::nil()),
        name: "Acme".to_owned(),
        zone: "Europe/London".parse().unwrap(),
        country: Country::parse("GB").unwrap(),
        currency: Currency::parse("GBP").unwrap(),
        lead_statuses: crate::organization::first_statuses(),
        duplicates: crate::duplicate::DuplicateSettings::default(),
        auto_assign_creator: false,
        allow_multiple_assignees: false,
        settings_version: 1,
    }
}

/// `plan` (choice), `budget` (number), `topics` (choices), `since` (date), `vip` (boolean), `note`.
pub(super) fn custom_fields() -> CustomFields {
    let options = json!(["Basic", "Pro"]);
    [
        json!({"key": "plan", "label": "Plan", "type": "choice", "options": options}),
        json!({"key": "budget", "label": "Budget", "type": "number"}),
        json!({"key": "topics", "label": "Topics", "type": "choices", "options": options}),
        json!({"key": "since", "label": "Since", "type": "date"}),
        json!({"key": "vip", "label": "VIP", "type": "boolean"}),
        json!({"key": "note", "label": "Note", "type": "text"}),
    ]
    .iter()
    .map(|field| CustomField::parse(field, &mut Faults::default()).unwrap())
    .collect()
}

/// The faults of these conditions, or else the conditions.
pub(super) fn parse(value: &Value) -> Result<Conditions, Faults> {
    let (organization, fields) = (organization(), custom_fields());
    let vocabulary = Vocabulary::new(&organization, &fields);
    let mut faults = Faults::default();
    let conditions = Conditions::parse(value, "/conditions", vocabulary, &mut faults);
    assert_eq!(conditions.is_none(), !faults.is_empty(), "{faults}");
    conditions.ok_or(faults)
}

pub(super) fn condition(field: &str, operator: &str, value: &Value) -> Conditions {
    let read = parse(&json!({"field": field, "operator": operator, "value": value}));
    read.unwrap_or_else(|faults| panic!("{field} {operator} {value}: {faults}"))
}

pub(super) fn rule(id: u128, conditions: Conditions) -> Rule {
    Rule {
        id: RuleId::from_uuid(Uuid::from_u128(id)),
        version: 3,
        settings: RuleSettings {
            name: format!("Rule {id}"),
            enabled: true,
            conditions,
            target: Target::Group(Uuid::from_u128(id).into()),
        },
    }
}

/// A lead of Ann Lee at `ann@Example.com` with everything else from `input`.
pub(super) fn lead(input: LeadInput) -> NewLead {
    let input = LeadInput {
        first_name: Some("Ann".to_owned()),
        email: Some("ann@Example.com".to_owned()),
        ..input
    };
    let mut faults = Faults::default();
    let lead = NewLead::parse(input, &organization(), None, &mut faults);
    lead.unwrap_or_else(|| panic!("{faults}"))
}

pub(super) fn lead_with(custom: Value) -> NewLead {
    let Value::Object(custom_fields) = custom else { panic!("an object") };
    lead(LeadInput { custom_fields, ..LeadInput::default() })
}

pub(super) fn lead_worth(amount_minor: i64, currency: &str) -> NewLead {
    lead(LeadInput { value: Some((amount_minor, currency.to_owned())), ..LeadInput::default() })
}
