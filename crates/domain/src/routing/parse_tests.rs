//! What is refused when a rule is saved, and what is kept of it.

use serde_json::{Value, json};

use super::testing::{custom_fields, organization, parse};
use super::{Conditions, RuleChange, RuleSettings, Target, Vocabulary, bounds};
use crate::error::{Error, Faults};

fn codes(faults: &Faults) -> Vec<(&str, &str)> {
    faults.as_slice().iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect()
}

fn refused(value: &Value) -> Faults {
    parse(value).expect_err("these conditions are wrong")
}

fn settings(value: &Value) -> Result<RuleSettings, Faults> {
    let (organization, fields) = (organization(), custom_fields());
    let mut faults = Faults::default();
    let vocabulary = Vocabulary::new(&organization, &fields);
    RuleSettings::parse(value, vocabulary, &mut faults).ok_or(faults)
}

/// A single condition, and the one fault that it has.
fn fault(field: &str, operator: &str, value: &Value) -> (String, &'static str) {
    let faults = refused(&json!({"field": field, "operator": operator, "value": value}));
    let [fault] = faults.as_slice() else { panic!("{field} {operator} {value}: {faults}") };
    (fault.pointer.trim_start_matches("/conditions").to_owned(), fault.code)
}

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let value = json!({
        "name": " ",
        "colour": "red",
        "target": {"group_id": "x"},
        "conditions": {"all": [
            {"any": [
                {"field": "source", "operator": "eq", "value": "web"},
                {"field": "source", "operator": "like", "value": "web"},
                {"field": "value", "operator": "gte", "value": {"amount_minor": -1, "currency": "XXZ"}},
            ]},
            {"field": "custom_fields.size", "operator": "eq", "value": 1, "note": ""},
            {"field": "country", "operator": "in", "value": ["GB", "XX", 1]},
            {"operator": "exists"},
            {"any": []},
            "source = web",
        ]},
    });
    let expected = [
        ("/colour", "unknown_field"),
        ("/name", "required"),
        ("/conditions/all/0/any/1/operator", "unknown_operator"),
        ("/conditions/all/0/any/2/value/amount_minor", "invalid_value"),
        ("/conditions/all/0/any/2/value/currency", "invalid_currency"),
        ("/conditions/all/1/note", "unknown_field"),
        ("/conditions/all/1/field", "undefined_custom_field"),
        ("/conditions/all/2/value/1", "invalid_country"),
        ("/conditions/all/2/value/2", "invalid_type"),
        ("/conditions/all/3/field", "required"),
        ("/conditions/all/4/any", "required"),
        ("/conditions/all/5", "invalid_type"),
        ("/target/group_id", "invalid_value"),
    ];
    assert_eq!(codes(&settings(&value).unwrap_err()), expected);
}

#[test]
fn values_are_of_the_fields_kind() {
    let gbp = |amount: i64| json!({"amount_minor": amount, "currency": "GBP"});
    let eur = json!({"amount_minor": 1, "currency": "EUR"});
    for (field, operator, value, expected) in [
        ("source", "gt", json!("a"), ("/operator", "operator_not_allowed")),
        ("tags", "eq", json!("a"), ("/operator", "operator_not_allowed")),
        ("value", "in", json!([gbp(1)]), ("/operator", "operator_not_allowed")),
        ("owner", "eq", json!("a"), ("/field", "unknown_lead_field")),
        ("source", "eq", json!(null), ("/value", "required")),
        ("source", "eq", json!(" "), ("/value", "required")),
        ("source", "eq", json!(1), ("/value", "invalid_type")),
        ("source", "eq", json!("x".repeat(201)), ("/value", "too_long")),
        ("source", "in", json!("web"), ("/value", "invalid_type")),
        ("source", "in", json!([]), ("/value", "required")),
        ("source", "in", json!(vec!["x"; bounds::VALUES + 1]), ("/value", "too_many")),
        ("source", "exists", json!("yes"), ("/value", "invalid_type")),
        ("status", "eq", json!("lukewarm"), ("/value", "unknown_status")),
        ("email", "eq", json!("ann"), ("/value", "invalid_email")),
        ("email_domain", "eq", json!("@example.com"), ("/value", "invalid_value")),
        ("phone", "eq", json!("12"), ("/value", "invalid_phone")),
        ("phone", "starts_with", json!("020"), ("/value", "invalid_phone")),
        ("phone", "contains", json!("7946x"), ("/value", "invalid_phone")),
        ("creator_type", "eq", json!("robot"), ("/value", "invalid_value")),
        ("creator_id", "eq", json!("ann"), ("/value", "invalid_value")),
        ("value", "gte", json!(100), ("/value", "invalid_type")),
        ("value", "gte", json!({"amount_minor": 1}), ("/value/currency", "required")),
        ("value", "between", json!([gbp(2)]), ("/value", "invalid_value")),
        ("value", "between", json!([gbp(2), gbp(1)]), ("/value/1", "invalid_value")),
        ("value", "between", json!([gbp(1), eur]), ("/value/1", "other_currency")),
        ("custom_fields.plan", "eq", json!("Gold"), ("/value", "unknown_option")),
        ("custom_fields.plan", "contains", json!("Pro"), ("/operator", "operator_not_allowed")),
        ("custom_fields.topics", "in", json!(["Pro", "x"]), ("/value/1", "unknown_option")),
        ("custom_fields.budget", "gt", json!("5"), ("/value", "invalid_type")),
        ("custom_fields.budget", "gt", json!(u64::MAX), ("/value", "invalid_value")),
        ("custom_fields.since", "gt", json!("2026-02-30"), ("/value", "invalid_value")),
        ("custom_fields.vip", "eq", json!("true"), ("/value", "invalid_type")),
    ] {
        let found = fault(field, operator, &value);
        assert_eq!((found.0.as_str(), found.1), expected, "{field} {operator} {value}");
    }
}

/// `levels` groups around one condition.
fn nested(levels: usize) -> Value {
    let test = json!({"field": "source", "operator": "exists"});
    (0..levels).fold(test, |inner, _| json!({"any": [inner]}))
}

#[test]
fn depth_and_number_are_bounded() {
    assert!(parse(&nested(bounds::DEPTH)).is_ok());
    let pointer = format!("/conditions{}", "/any/0".repeat(bounds::DEPTH));
    assert_eq!(codes(&refused(&nested(bounds::DEPTH + 1))), [(pointer.as_str(), "too_deep")]);
    assert_eq!(codes(&refused(&nested(100))), [(pointer.as_str(), "too_deep")]);

    let many = |count: usize| json!({"all": [nested(0), {"any": vec![nested(0); count - 1]}]});
    assert!(parse(&many(bounds::CONDITIONS)).is_ok());
    assert_eq!(codes(&refused(&many(bounds::CONDITIONS + 1))), [("/conditions", "too_many")]);
    // A flood is not read to its end.
    let flood = json!({"any": vec![json!(1); 10_000]});
    assert_eq!(refused(&flood).as_slice().len(), bounds::CONDITIONS + 1);
    let flood = json!({"any": vec![json!({"all": []}); 10_000]});
    assert!(refused(&flood).as_slice().len() <= bounds::CONDITIONS + 2);
}

#[test]
fn only_a_whole_rule_may_ask_nothing() {
    assert!(parse(&json!({"all": []})).is_ok());
    assert_eq!(codes(&refused(&json!({"any": []}))), [("/conditions/any", "required")]);
    let inner = json!({"all": [{"all": []}]});
    assert_eq!(codes(&refused(&inner)), [("/conditions/all/0/all", "required")]);
    let both = json!({"all": [], "any": []});
    assert_eq!(codes(&refused(&both)), [("/conditions", "invalid_value")]);
}

#[test]
fn values_are_kept_in_the_form_that_is_compared() {
    for (field, operator, given, kept) in [
        ("phone", "eq", json!("020 7946 0018"), json!("+442079460018")),
        ("phone", "starts_with", json!("+44 (20)"), json!("+4420")),
        ("country", "in", json!(["gb"]), json!(["GB"])),
        ("status", "eq", json!("WON"), json!("won")),
        ("source", "eq", json!(" Web "), json!("Web")),
        ("custom_fields.topics", "contains", json!("pro"), json!("Pro")),
        ("custom_fields.budget", "eq", json!(5.0), json!(5)),
    ] {
        let conditions = parse(&json!({"field": field, "operator": operator, "value": given}));
        let expected = json!({"field": field, "operator": operator, "value": kept});
        assert_eq!(conditions.unwrap().to_json(), expected);
    }
    let bare = parse(&json!({"field": "phone", "operator": "exists"})).unwrap();
    assert_eq!(bare.to_json()["value"], true);
}

#[test]
fn saved_conditions_outlive_their_statuses_and_options_but_not_their_fields() {
    let saved = json!({"all": [
        {"field": "status", "operator": "eq", "value": "lukewarm"},
        {"field": "country", "operator": "eq", "value": "XX"},
        {"field": "value", "operator": "gt", "value": {"amount_minor": 1, "currency": "XXZ"}},
        {"field": "custom_fields.plan", "operator": "in", "value": ["Gold"]},
    ]});
    let conditions = Conditions::saved(&saved, &custom_fields()).unwrap();
    assert_eq!(conditions.to_json(), saved);
    assert!(conditions.mentions_custom_field("plan") && !conditions.mentions_custom_field("vip"));
    let lost = Conditions::saved(&saved, &[].into_iter().collect());
    assert!(matches!(lost, Err(Error::Internal(_))));
}

#[test]
fn a_rule_is_enabled_unless_it_says_otherwise_and_changes_field_by_field() {
    let value = json!({"name": "All", "conditions": {"all": []}, "target": null});
    let rule = settings(&value).unwrap();
    assert!(rule.enabled && rule.target == Target::Nobody);
    let absent = settings(&json!({})).unwrap_err();
    let expected = ["/name", "/conditions", "/target"].map(|pointer| (pointer, "required"));
    assert_eq!(codes(&absent), expected);

    let (organization, fields) = (organization(), custom_fields());
    let vocabulary = Vocabulary::new(&organization, &fields);
    let mut faults = Faults::default();
    let patch = json!({"enabled": false, "target": {"user_id": uuid::Uuid::nil()}});
    let change = RuleChange::parse(&patch, vocabulary, &mut faults).unwrap();
    let changed = rule.clone().changed(change);
    let target = Target::User(uuid::Uuid::nil().into());
    assert_eq!(changed, RuleSettings { enabled: false, target, ..rule });
    let wrong = json!({"name": null, "conditions": null, "target": {"user_id": 1, "team_id": 1}});
    assert_eq!(RuleChange::parse(&wrong, vocabulary, &mut faults), None);
    let expected =
        [("/name", "required"), ("/conditions", "required"), ("/target", "invalid_value")];
    assert_eq!(codes(&faults), expected);
}
