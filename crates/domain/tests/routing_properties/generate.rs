//! Leads, and conditions that often hold for them: few words, in many cases.

use evenhand_domain::ids::{ApiKeyId, OrganizationId, UserId};
use evenhand_domain::lead::LeadInput;
use evenhand_domain::organization::{Country, Currency, LeadStatus, LeadStatusKind, Organization};
use evenhand_domain::routing::{
    Creator, CustomField, CustomFieldKind, CustomFields, FieldKind, LeadField, Operator,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) fn organization() -> Organization {
    Organization {
        id: OrganizationId::from_uuid(Uuid::nil()),
        name: "Acme".to_owned(),
        zone: "Europe/London".parse().unwrap(),
        country: Country::parse("GB").unwrap(),
        currency: Currency::parse("GBP").unwrap(),
        lead_statuses: ["new", "Warm"]
            .map(|key| LeadStatus {
                key: key.to_owned(),
                name: key.to_owned(),
                kind: LeadStatusKind::Open,
            })
            .to_vec(),
        duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
        auto_assign_creator: false,
        allow_multiple_assignees: false,
        settings_version: 1,
    }
}

const WORDS: [&str; 8] = ["web", "WEB", "Webs", "ΟΔΟΣ", "οδος", "οδοσα", "É", "e\u{301}"];
const EMAILS: [&str; 3] = ["ann@example.com", "Bob@Example.COM", "c@web.de"];
const PHONES: [&str; 3] = ["+442079460018", "+442079460019", "+4930901820"];
const DAYS: [&str; 3] = ["2026-02-28", "2026-03-01", "2027-01-01"];
const OPTIONS: [&str; 3] = ["Basic", "Pro", "Straße"];
const PEOPLE: [u128; 2] = [1, 2];

/// One custom field of each kind, named like it.
pub(crate) fn custom_fields() -> CustomFields {
    let options = || OPTIONS.map(str::to_owned).to_vec();
    let kinds = [
        CustomFieldKind::Text,
        CustomFieldKind::Number,
        CustomFieldKind::Boolean,
        CustomFieldKind::Date,
        CustomFieldKind::Choice(options()),
        CustomFieldKind::Choices(options()),
    ];
    let field = |kind: CustomFieldKind| CustomField {
        key: kind.as_str().to_owned(),
        label: kind.as_str().to_owned(),
        kind,
    };
    kinds.map(field).into_iter().collect()
}

fn word() -> impl Strategy<Value = String> {
    select(&WORDS[..]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = Value> {
    select(vec![json!(-1), json!(0), json!(0.5), json!(1), json!(1.0), json!(i64::MAX)])
}

fn amount() -> impl Strategy<Value = (i64, String)> {
    (0_i64..4, select(vec!["GBP".to_owned(), "EUR".to_owned()]))
}

fn one_of(words: &'static [&'static str]) -> BoxedStrategy<Value> {
    select(words).prop_map(|word| json!(word)).boxed()
}

pub(crate) fn creator() -> impl Strategy<Value = Creator> {
    let id = select(&PEOPLE[..]).prop_map(Uuid::from_u128);
    (any::<bool>(), id).prop_map(|(person, id)| match person {
        true => Creator::User(UserId::from_uuid(id)),
        false => Creator::ApiKey(ApiKeyId::from_uuid(id)),
    })
}

/// A value of a custom field: mostly of its kind, sometimes of another.
fn custom_value(kind: &str) -> BoxedStrategy<Value> {
    let own = match kind {
        "text" => one_of(&WORDS),
        "number" => number().boxed(),
        "boolean" => any::<bool>().prop_map(|value| json!(value)).boxed(),
        "date" => one_of(&DAYS),
        "choice" => one_of(&OPTIONS),
        _ => prop::collection::vec(one_of(&OPTIONS), 0..3).prop_map(Value::Array).boxed(),
    };
    let other =
        select(vec![Value::Null, json!(" "), json!("PRO"), json!(1), json!({}), json!([1])]);
    prop_oneof![4 => own, 1 => other].boxed()
}

prop_compose! {
    fn custom()(
        text in custom_value("text"), number in custom_value("number"),
        boolean in custom_value("boolean"), date in custom_value("date"),
        choice in custom_value("choice"), choices in custom_value("choices"),
    ) -> Map<String, Value> {
        let fields = [
            ("text", text), ("number", number), ("boolean", boolean), ("date", date),
            ("choice", choice), ("choices", choices),
        ];
        fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

prop_compose! {
    pub(crate) fn lead_input()(
        names in (option::of(word()), option::of(word()), option::of(word())),
        origin in (option::of(word()), option::of(word()), option::of(word())),
        email in option::of(select(&EMAILS[..])),
        phone in select(&PHONES[..]),
        value in option::of(amount()),
        country in option::of(select(vec!["GB", "DE"])),
        status in select(vec!["new", "Warm"]),
        tags in prop::collection::vec(word(), 0..3),
        custom_fields in custom(),
    ) -> LeadInput {
        LeadInput {
            first_name: names.0,
            last_name: names.1,
            company: names.2,
            source: origin.0,
            product: origin.1,
            external_id: origin.2,
            email: email.map(str::to_owned),
            phone: Some(phone.to_owned()),
            value,
            country: country.map(str::to_owned),
            status: Some(status.to_owned()),
            tags,
            custom_fields,
        }
    }
}

/// The name of a field, its kind, and an operator that it has.
fn field() -> impl Strategy<Value = (String, FieldKind, Operator)> {
    let of_lead = LeadField::ALL.iter().map(|field| (field.to_string(), field.kind()));
    let own = custom_fields();
    let of_custom =
        own.iter().map(|field| (format!("custom_fields.{}", field.key), field.kind.field_kind()));
    let fields: Vec<(String, FieldKind)> = of_lead.chain(of_custom).collect();
    select(fields).prop_flat_map(|(name, kind)| (Just(name), Just(kind), select(kind.operators())))
}

fn values(name: &str, kind: FieldKind) -> BoxedStrategy<Value> {
    match (name, kind) {
        ("email", _) => one_of(&EMAILS),
        ("email_domain", _) => one_of(&["EXAMPLE.com", "web.de"]),
        ("phone", _) => one_of(&PHONES),
        ("country", _) => one_of(&["GB", "DE", "FR"]),
        ("status", _) => one_of(&["new", "Warm"]),
        ("creator_type", _) => one_of(&Creator::TYPES),
        ("custom_fields.choice" | "custom_fields.choices", _) => one_of(&OPTIONS),
        (_, FieldKind::Text | FieldKind::Choice | FieldKind::Labels) => one_of(&WORDS),
        (_, FieldKind::Number) => number().boxed(),
        (_, FieldKind::Money) => amount()
            .prop_map(|(amount, currency)| json!({"amount_minor": amount, "currency": currency}))
            .boxed(),
        (_, FieldKind::Date) => one_of(&DAYS),
        (_, FieldKind::Boolean) => any::<bool>().prop_map(|value| json!(value)).boxed(),
        (_, FieldKind::Id) => select(&PEOPLE[..]).prop_map(|id| json!(Uuid::from_u128(id))).boxed(),
    }
}

/// What lies between two values, both of which belong to it.
fn ends(kind: FieldKind) -> BoxedStrategy<Value> {
    let money = |amount: i64, currency: &str| json!({"amount_minor": amount, "currency": currency});
    match kind {
        FieldKind::Money => (0_i64..3, 0_i64..3, select(vec!["GBP", "EUR"]))
            .prop_map(move |(low, more, of)| json!([money(low, of), money(low + more, of)]))
            .boxed(),
        FieldKind::Date => {
            select(vec![json!([DAYS[0], DAYS[1]]), json!([DAYS[1], DAYS[2]])]).boxed()
        }
        _ => select(vec![json!([-1, 0.5]), json!([0.5, 1]), json!([1, i64::MAX])]).boxed(),
    }
}

fn test() -> impl Strategy<Value = Value> {
    field().prop_flat_map(|(name, kind, operator)| {
        let values = values(&name, kind);
        let value = match operator {
            Operator::Exists => any::<bool>().prop_map(|wanted| json!(wanted)).boxed(),
            Operator::In | Operator::NotIn => {
                prop::collection::vec(values, 1..4).prop_map(Value::Array).boxed()
            }
            Operator::Between => ends(kind),
            _ => values,
        };
        value.prop_map(
            move |value| json!({"field": name, "operator": operator.as_str(), "value": value}),
        )
    })
}

/// Valid conditions of up to five levels.
pub(crate) fn conditions() -> impl Strategy<Value = Value> {
    let nested = test().prop_recursive(5, 24, 3, |inner| {
        let group = prop::collection::vec(inner, 1..4);
        (any::<bool>(), group).prop_map(|(all, inner)| match all {
            true => json!({"all": inner}),
            false => json!({"any": inner}),
        })
    });
    prop_oneof![20 => nested, 1 => Just(json!({"all": []}))]
}

/// JSON made of the words of conditions, mostly not valid.
pub(crate) fn soup() -> impl Strategy<Value = Value> {
    let words = ["source", "value", "tags", "custom_fields.number", "eq", "in", "between", "GBP"];
    let leaf = prop_oneof![
        4 => select(words.to_vec()).prop_map(|word| json!(word)),
        1 => number(),
        1 => Just(Value::Null),
        4 => test(),
    ];
    leaf.prop_recursive(7, 48, 4, |inner| {
        let keys =
            ["all", "any", "field", "operator", "value", "amount_minor", "currency", "a/b~c"];
        let members = prop::collection::vec((select(keys.to_vec()), inner.clone()), 0..4);
        prop_oneof![
            members.prop_map(|members| members.into_iter().collect::<Value>()),
            prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}
