//! A change of a lead's fields: a JSON merge patch (RFC 7396), what is in it checked like a new
//! lead's.

use serde_json::{Map, Value};

use super::new::{NewLead, bounded, bounds, custom_fields, money, optional, tags};
use crate::contact::{Email, Phone};
use crate::error::Faults;
use crate::organization::{Country, Organization};
use crate::routing::CustomFields;

/// What is to change, before anything is checked: the outer `None` = stays, the inner = is cleared.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct LeadPatch {
    pub first_name: Option<Option<String>>,
    pub last_name: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub company: Option<Option<String>>,
    pub source: Option<Option<String>>,
    pub product: Option<Option<String>>,
    pub value: Option<Option<MoneyPatch>>,
    pub country: Option<Option<String>>,
    pub external_id: Option<Option<String>>,
    pub status: Option<Option<String>>,
    pub tags: Option<Option<Vec<String>>>,
    pub custom_fields: Option<Option<Map<String, Value>>>,
}

/// What is to change of an amount of money. Neither part can be cleared.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct MoneyPatch {
    pub amount_minor: Option<Option<i64>>,
    pub currency: Option<Option<String>>,
}

/// By what a patch is judged.
#[derive(Debug, Clone, Copy)]
pub struct PatchRules<'a> {
    /// Whose lead it is.
    pub organization: &'a Organization,
    /// The fields that it defined.
    pub custom_fields: &'a CustomFields,
    /// The only source that the caller's leads have.
    pub bound_source: Option<&'a str>,
}

impl LeadPatch {
    /// `lead` as it is with these changes; only what changes is checked, so that what was allowed
    /// once is in nobody's way. Notes every fault, and returns `None` exactly when there is one.
    pub fn apply(
        self,
        lead: &NewLead,
        rules: PatchRules<'_>,
        faults: &mut Faults,
    ) -> Option<NewLead> {
        let before = faults.as_slice().len();
        let mut after = lead.clone();
        let Self {
            first_name,
            last_name,
            email,
            phone,
            company,
            source,
            product,
            value,
            country,
            external_id,
            status,
            tags: labels,
            custom_fields: fields,
        } = self;
        for (pointer, text, field) in [
            ("/first_name", first_name, &mut after.first_name),
            ("/last_name", last_name, &mut after.last_name),
            ("/company", company, &mut after.company),
            ("/product", product, &mut after.product),
            ("/source", source, &mut after.source),
        ] {
            if let Some(text) = text {
                *field = bounded(faults, pointer, text, bounds::LINE);
            }
        }
        if let Some(bound) = rules.bound_source
            && after.source != lead.source
            && after.source.as_deref() != Some(bound)
        {
            faults.add("/source", "invalid_value", format!("the key's leads come from {bound}"));
        }
        if let Some(id) = external_id {
            after.external_id = bounded(faults, "/external_id", id, bounds::EXTERNAL_ID);
        }
        if let Some(country) = country {
            after.country = optional(faults, "/country", country.as_deref(), Country::parse);
        }
        if let Some(email) = email {
            after.email = optional(faults, "/email", email.as_deref(), Email::parse);
        }
        if let Some(phone) = phone {
            let country = after.country.as_ref().unwrap_or(&rules.organization.country);
            let parse = |text: &str| Phone::parse(text, country);
            after.phone = optional(faults, "/phone", phone.as_deref(), parse);
        }
        match value {
            Some(Some(patch)) => patch.apply(&mut after, faults),
            Some(None) => after.value = None,
            None => {}
        }
        if let Some(status) = status {
            after.status = known_status(faults, status, rules.organization).unwrap_or_default();
        }
        if let Some(labels) = labels {
            after.tags = tags(faults, labels.unwrap_or_default());
        }
        match fields {
            Some(Some(patch)) => {
                after.custom_fields =
                    merged(faults, &lead.custom_fields, patch, rules.custom_fields);
            }
            Some(None) => after.custom_fields = Map::new(),
            None => {}
        }
        if faults.as_slice().len() > before {
            return None;
        }
        after.addressable(faults)
    }
}

impl MoneyPatch {
    fn apply(self, lead: &mut NewLead, faults: &mut Faults) {
        let present = lead.value.as_ref();
        let amount = match self.amount_minor {
            Some(amount) => amount,
            None => present.map(|value| value.amount_minor),
        };
        let currency = match self.currency {
            Some(currency) => currency,
            None => present.map(|value| value.currency.code().to_owned()),
        };
        let mut required = |pointer: &str, is_there: bool| {
            if !is_there {
                faults.add(pointer, "required", "is required");
            }
        };
        required("/value/amount_minor", amount.is_some());
        required("/value/currency", currency.is_some());
        if let (Some(amount), Some(currency)) = (amount, currency) {
            lead.value = money(faults, (amount, currency));
        }
    }
}

fn known_status(
    faults: &mut Faults,
    status: Option<String>,
    organization: &Organization,
) -> Option<String> {
    let Some(status) = status.filter(|status| !status.trim().is_empty()) else {
        faults.add("/status", "required", "a lead is always in a status");
        return None;
    };
    faults.keep("/status", organization.known_status(&status).map(|_| ()))?;
    Some(status)
}

fn merged(
    faults: &mut Faults,
    present: &Map<String, Value>,
    patch: Map<String, Value>,
    defined: &CustomFields,
) -> Map<String, Value> {
    let keys: Vec<String> = patch.keys().cloned().collect();
    let mut all = present.clone();
    merge(&mut all, patch);
    let changed = keys.into_iter().filter_map(|key| Some((key.clone(), all.get(&key)?.clone())));
    defined.check(&changed.collect(), faults);
    custom_fields(faults, all)
}

/// RFC 7396 §2.
fn merge(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        match (value, target.get_mut(&key)) {
            (Value::Null, _) => {
                target.remove(&key);
            }
            (Value::Object(patch), Some(Value::Object(target))) => merge(target, patch),
            (Value::Object(patch), _) => {
                let mut new = Map::new();
                merge(&mut new, patch);
                target.insert(key, Value::Object(new));
            }
            (value, _) => {
                target.insert(key, value);
            }
        }
    }
}

/// One field of a lead that has changed, as the API shows its values.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// The field's name; of a custom one `custom_fields.` and its key.
    pub field: String,
    /// Its value before; null = it had none.
    pub before: Value,
    /// Its value since then.
    pub after: Value,
}

impl FieldChange {
    /// What fields of customs have before their key.
    pub const CUSTOM: &'static str = "custom_fields.";

    /// Whether its values may say who a person is. What they are is kept apart, so that it can be
    /// erased.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        !matches!(self.field.as_str(), "status" | "value" | "product" | "source" | "country")
    }
}

impl NewLead {
    /// What has to change to come from `self` to `after`, in the order of the fields.
    #[must_use]
    pub fn changes_to(&self, after: &Self) -> Vec<FieldChange> {
        let (before, after) = (self.values(), after.values());
        let value = |values: &[(String, Value)], name: &str| {
            values.iter().find(|(field, _)| field == name).map_or(Value::Null, |(_, it)| it.clone())
        };
        let mut names: Vec<&String> = before.iter().map(|(field, _)| field).collect();
        names.extend(
            after
                .iter()
                .map(|(field, _)| field)
                .filter(|field| before.iter().all(|(known, _)| known != *field)),
        );
        let changes = names.into_iter().map(|field| FieldChange {
            field: field.clone(),
            before: value(&before, field),
            after: value(&after, field),
        });
        changes.filter(|change| change.before != change.after).collect()
    }

    /// Every field with its value as the API shows it; null where it has none, custom fields one by
    /// one.
    #[must_use]
    pub fn values(&self) -> Vec<(String, Value)> {
        let Self {
            first_name,
            last_name,
            email,
            phone,
            company,
            source,
            product,
            value,
            country,
            external_id,
            status,
            tags,
            custom_fields,
        } = self;
        let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
        let given = |given: Option<&str>| given.map_or(Value::Null, Value::from);
        let money = value.as_ref().map_or(Value::Null, |value| {
            serde_json::json!({
                "amount_minor": value.amount_minor, "currency": value.currency.code(),
            })
        });
        let plain = [
            ("first_name", text(first_name)),
            ("last_name", text(last_name)),
            ("email", given(email.as_ref().map(Email::given))),
            ("phone", given(phone.as_ref().map(Phone::given))),
            ("company", text(company)),
            ("source", text(source)),
            ("product", text(product)),
            ("value", money),
            ("country", given(country.as_ref().map(Country::code))),
            ("external_id", text(external_id)),
            ("status", Value::from(status.clone())),
            ("tags", Value::from(tags.clone())),
        ];
        let custom = custom_fields
            .iter()
            .map(|(key, value)| (format!("{}{key}", FieldChange::CUSTOM), value.clone()));
        plain.into_iter().map(|(field, value)| (field.to_owned(), value)).chain(custom).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lead::LeadInput;
    use crate::organization::{Currency, first_statuses};
    use serde_json::json;

    fn organization() -> Organization {
        Organization {
            id: crate::ids::OrganizationId::from_uuid(uuid::Uuid::nil()),
            name: "Acme".to_owned(),
            zone: "Europe/London".parse().unwrap(),
            country: Country::parse("GB").unwrap(),
            currency: Currency::parse("GBP").unwrap(),
            lead_statuses: first_statuses(),
            duplicates: crate::duplicate::DuplicateSettings::default(),
            auto_assign_creator: false,
            allow_multiple_assignees: false,
            settings_version: 1,
        }
    }

    fn lee() -> NewLead {
        let Value::Object(custom) = json!({"budget": {"low": 1, "high": 2}, "plan": "Pro"}) else {
            unreachable!()
        };
        let input = LeadInput {
            first_name: Some("Lee".to_owned()),
            email: Some("lee@customer.example".to_owned()),
            value: Some((100, "GBP".to_owned())),
            custom_fields: custom,
            ..LeadInput::default()
        };
        NewLead::parse(input, &organization(), None, &mut Faults::default()).unwrap()
    }

    fn apply(patch: LeadPatch) -> Result<NewLead, Vec<(String, &'static str)>> {
        let (organization, custom_fields) = (organization(), CustomFields::default());
        let rules = PatchRules {
            organization: &organization,
            custom_fields: &custom_fields,
            bound_source: Some("web"),
        };
        let mut faults = Faults::default();
        let after = patch.apply(&lee(), rules, &mut faults);
        let noted = faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code));
        after.ok_or_else(|| noted.collect())
    }

    #[test]
    fn absent_stays_and_null_and_blank_clear() {
        let after = apply(LeadPatch {
            first_name: Some(None),
            company: Some(Some(" Acme ".to_owned())),
            product: Some(Some("  ".to_owned())),
            ..LeadPatch::default()
        });
        let after = after.unwrap();
        assert_eq!((after.first_name, after.company.as_deref()), (None, Some("Acme")));
        assert_eq!((after.product, after.email), (None, lee().email));
    }

    #[test]
    fn custom_fields_and_money_are_merged() {
        let Value::Object(patch) =
            json!({"budget": {"low": null, "top": {"a": null}}, "plan": null})
        else {
            unreachable!()
        };
        let money = MoneyPatch { amount_minor: Some(Some(5)), ..MoneyPatch::default() };
        let after = apply(LeadPatch {
            custom_fields: Some(Some(patch)),
            value: Some(Some(money)),
            ..LeadPatch::default()
        });
        let after = after.unwrap();
        assert_eq!(Value::Object(after.custom_fields), json!({"budget": {"high": 2, "top": {}}}));
        let value = after.value.unwrap();
        assert_eq!((value.amount_minor, value.currency.code()), (5, "GBP"));
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let faults = apply(LeadPatch {
            last_name: Some(Some("x".repeat(201))),
            email: Some(Some("nobody".to_owned())),
            source: Some(Some("post".to_owned())),
            status: Some(None),
            value: Some(Some(MoneyPatch { currency: Some(None), ..MoneyPatch::default() })),
            ..LeadPatch::default()
        });
        let expected = [
            ("/last_name", "too_long"),
            ("/source", "invalid_value"),
            ("/email", "invalid_email"),
            ("/value/currency", "required"),
            ("/status", "required"),
        ];
        let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code));
        assert_eq!(faults.unwrap_err(), expected);
        let unreachable = LeadPatch {
            first_name: Some(None),
            email: Some(Some(String::new())),
            ..LeadPatch::default()
        };
        assert_eq!(apply(unreachable).unwrap_err(), [(String::new(), "contact_required")]);
    }

    #[test]
    fn changes_name_each_field_once_with_both_values() {
        let before = lee();
        let mut after = before.clone();
        after.first_name = None;
        after.status = "won".to_owned();
        after.custom_fields.remove("plan");
        after.custom_fields.insert("age".to_owned(), json!(40));
        let changes = before.changes_to(&after);
        let told: Vec<_> = changes
            .iter()
            .map(|it| (it.field.as_str(), it.before.clone(), it.after.clone(), it.is_personal()))
            .collect();
        let expected = [
            ("first_name", json!("Lee"), Value::Null, true),
            ("status", json!("new"), json!("won"), false),
            ("custom_fields.plan", json!("Pro"), Value::Null, true),
            ("custom_fields.age", Value::Null, json!(40), true),
        ];
        assert_eq!(told, expected);
        assert!(before.changes_to(&before).is_empty());
    }
}
