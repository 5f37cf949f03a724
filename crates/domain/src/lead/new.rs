//! A lead as it comes in: parsed, normalised, bounded, with every fault named at once.

use serde_json::{Map, Value};

use crate::contact::{Email, Phone};
use crate::error::Faults;
use crate::organization::{Country, Currency, Organization};
use crate::text::{ValueFault, line};

/// Bounds of a lead's fields.
pub mod bounds {
    /// Characters of a name, a company, a product, a source.
    pub const LINE: usize = 200;
    /// Characters of an external id.
    pub const EXTERNAL_ID: usize = 255;
    /// Tags of one lead.
    pub const TAGS: usize = 50;
    /// Characters of one tag.
    pub const TAG: usize = 64;
    /// Bytes of all custom fields as compact JSON.
    pub const CUSTOM_BYTES: usize = 32 * 1024;
    /// Levels of nesting in custom fields, the outer object included.
    pub const CUSTOM_DEPTH: usize = 5;
    /// Keys of the outer object of custom fields.
    pub const CUSTOM_KEYS: usize = 200;
}

/// An amount of money in the currency's smallest unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// E.g. pence; never negative.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// A lead as a client sends it, before anything is checked.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct LeadInput {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub company: Option<String>,
    pub source: Option<String>,
    pub product: Option<String>,
    pub value: Option<(i64, String)>,
    pub country: Option<String>,
    pub external_id: Option<String>,
    pub status: Option<String>,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
}

/// A lead that may be stored: parsed, normalised, bounded.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLead {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Company.
    pub company: Option<String>,
    /// Where it came from, e.g. `web`.
    pub source: Option<String>,
    /// What it is interested in.
    pub product: Option<String>,
    /// What it may be worth.
    pub value: Option<Money>,
    /// Its country.
    pub country: Option<Country>,
    /// The source's own id of it, unique per source.
    pub external_id: Option<String>,
    /// A key of the organization's list of statuses.
    pub status: String,
    /// Labels, each once, in the order given.
    pub tags: Vec<String>,
    /// The organization's own fields.
    pub custom_fields: Map<String, Value>,
}

impl NewLead {
    /// Checks a lead by the rules of `organization`, noting every fault. `forced_source` replaces
    /// the source that the client gave.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(
        input: LeadInput,
        organization: &Organization,
        forced_source: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let before = faults.as_slice().len();
        let country = optional(faults, "/country", input.country.as_deref(), Country::parse);
        let phone_country = country.as_ref().unwrap_or(&organization.country);
        let lead = Self {
            first_name: bounded(faults, "/first_name", input.first_name, bounds::LINE),
            last_name: bounded(faults, "/last_name", input.last_name, bounds::LINE),
            email: optional(faults, "/email", input.email.as_deref(), Email::parse),
            phone: optional(faults, "/phone", input.phone.as_deref(), |text| {
                Phone::parse(text, phone_country)
            }),
            company: bounded(faults, "/company", input.company, bounds::LINE),
            source: match forced_source {
                Some(source) => Some(source.to_owned()),
                None => bounded(faults, "/source", input.source, bounds::LINE),
            },
            product: bounded(faults, "/product", input.product, bounds::LINE),
            value: input.value.and_then(|value| money(faults, value)),
            external_id: bounded(faults, "/external_id", input.external_id, bounds::EXTERNAL_ID),
            status: status(faults, input.status, organization),
            tags: tags(faults, input.tags),
            custom_fields: custom_fields(faults, input.custom_fields),
            country,
        };
        if faults.as_slice().len() > before {
            return None;
        }
        lead.addressable(faults)
    }

    /// The lead, where there is a way to address it.
    pub(super) fn addressable(self, faults: &mut Faults) -> Option<Self> {
        let reachable = self.first_name.is_some()
            || self.last_name.is_some()
            || self.email.is_some()
            || self.phone.is_some();
        if !reachable {
            let detail = "a name, an e-mail address or a phone number is needed";
            faults.add("", "contact_required", detail);
        }
        reachable.then_some(self)
    }
}

pub(super) fn optional<T>(
    faults: &mut Faults,
    pointer: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, ValueFault>,
) -> Option<T> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    faults.keep(pointer, parse(text))
}

pub(super) fn bounded(
    faults: &mut Faults,
    pointer: &str,
    text: Option<String>,
    max: usize,
) -> Option<String> {
    text.and_then(|text| faults.keep(pointer, line(&text, max)).flatten())
}

pub(super) fn money(faults: &mut Faults, (amount_minor, currency): (i64, String)) -> Option<Money> {
    if amount_minor < 0 {
        faults.add("/value/amount_minor", "invalid_value", "must not be negative");
    }
    let currency = faults.keep("/value/currency", Currency::parse(&currency))?;
    Some(Money { amount_minor, currency })
}

fn status(faults: &mut Faults, status: Option<String>, organization: &Organization) -> String {
    let Some(status) = status.filter(|status| !status.trim().is_empty()) else {
        return organization.first_status().to_owned();
    };
    faults.keep("/status", organization.known_status(&status).map(|_| ()));
    status
}

pub(super) fn tags(faults: &mut Faults, tags: Vec<String>) -> Vec<String> {
    if tags.len() > bounds::TAGS {
        faults.add("/tags", "too_many", format!("at most {} tags", bounds::TAGS));
        return Vec::new();
    }
    let mut kept: Vec<String> = Vec::with_capacity(tags.len());
    for (index, tag) in tags.into_iter().enumerate() {
        let tag = bounded(faults, &format!("/tags/{index}"), Some(tag), bounds::TAG);
        if let Some(tag) = tag.filter(|tag| !kept.contains(tag)) {
            kept.push(tag);
        }
    }
    kept
}

pub(super) fn custom_fields(faults: &mut Faults, fields: Map<String, Value>) -> Map<String, Value> {
    let pointer = "/custom_fields";
    if fields.len() > bounds::CUSTOM_KEYS {
        faults.add(pointer, "too_many", format!("at most {} keys", bounds::CUSTOM_KEYS));
    }
    let fields = Value::Object(fields);
    if depth(&fields) > bounds::CUSTOM_DEPTH {
        faults.add(pointer, "too_deep", format!("at most {} levels", bounds::CUSTOM_DEPTH));
    }
    if fields.to_string().len() > bounds::CUSTOM_BYTES {
        faults.add(pointer, "too_large", format!("at most {} bytes", bounds::CUSTOM_BYTES));
    }
    if loses_digits(&fields) {
        let detail = "a number has more digits than are kept: send it as text";
        faults.add(pointer, "invalid_value", detail);
    }
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Whether a whole number in it is kept as a floating-point one, which beyond 2^53 is another
/// number, and which one database gives back with a point and the other without.
fn loses_digits(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(loses_digits),
        Value::Array(items) => items.iter().any(loses_digits),
        Value::Number(number) => {
            number.as_i64().is_none() && number.as_f64().is_none_or(|float| float.abs() >= 9e15)
        }
        _ => false,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::OrganizationId;
    use serde_json::json;

    fn organization() -> Organization {
        Organization {
            id: OrganizationId::from_uuid(uuid::Uuid::nil()),
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

    fn codes(input: LeadInput) -> Vec<(String, &'static str)> {
        let mut faults = Faults::default();
        let lead = NewLead::parse(input, &organization(), None, &mut faults);
        assert_eq!(lead.is_none(), !faults.is_empty());
        faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code)).collect()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let input = LeadInput {
            first_name: Some("x".repeat(201)),
            email: Some("nobody".to_owned()),
            phone: Some("12".to_owned()),
            status: Some("lukewarm".to_owned()),
            value: Some((-1, "pounds".to_owned())),
            tags: vec!["ok".to_owned(), "y".repeat(65)],
            ..LeadInput::default()
        };
        let pointers: Vec<String> = codes(input).into_iter().map(|(pointer, _)| pointer).collect();
        let expected = [
            "/first_name",
            "/email",
            "/phone",
            "/value/amount_minor",
            "/value/currency",
            "/status",
            "/tags/1",
        ];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn a_lead_needs_a_way_to_address_it() {
        let input = LeadInput {
            company: Some("Acme".to_owned()),
            email: Some(" ".to_owned()),
            ..LeadInput::default()
        };
        assert_eq!(codes(input), [(String::new(), "contact_required")]);
    }

    #[test]
    fn custom_fields_are_bounded() {
        let nested = json!({"a": {"b": {"c": {"d": {"e": {}}}}}});
        let Value::Object(fields) = nested else { unreachable!() };
        let input = LeadInput {
            first_name: Some("A".to_owned()),
            custom_fields: fields,
            ..LeadInput::default()
        };
        assert_eq!(codes(input), [("/custom_fields".to_owned(), "too_deep")]);
        let mut large = Map::new();
        large.insert("k".to_owned(), json!("x".repeat(bounds::CUSTOM_BYTES)));
        let input = LeadInput {
            first_name: Some("A".to_owned()),
            custom_fields: large,
            ..LeadInput::default()
        };
        assert_eq!(codes(input), [("/custom_fields".to_owned(), "too_large")]);
    }

    #[test]
    fn numbers_that_would_not_come_back_as_they_were_are_refused() {
        for (number, kept) in [
            (json!(9_223_372_036_854_775_807_i64), true),
            (json!(0.1), true),
            (json!(18_446_744_073_709_551_615_u64), false),
            (json!(1e22), false),
        ] {
            let mut fields = Map::new();
            fields.insert("number".to_owned(), json!([number]));
            let input = LeadInput {
                first_name: Some("A".to_owned()),
                custom_fields: fields,
                ..LeadInput::default()
            };
            assert_eq!(codes(input).is_empty(), kept, "{number}");
        }
    }

    #[test]
    fn tags_are_kept_once_in_order() {
        let input = LeadInput {
            first_name: Some("A".to_owned()),
            tags: ["b", " a ", "b", ""].map(str::to_owned).to_vec(),
            ..LeadInput::default()
        };
        let lead = NewLead::parse(input, &organization(), None, &mut Faults::default()).unwrap();
        assert_eq!(lead.tags, ["b", "a"]);
        assert_eq!(lead.status, "new");
    }
}
