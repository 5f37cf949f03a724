//! What conditions find, and how it is told.

use serde_json::{Value, json};
use uuid::Uuid;

use super::testing::{CREATOR, condition, lead, lead_with, lead_worth, parse, rule};
use super::{
    AppliedRule, Creator, ExplainedPart, ExplainedRule, ExplainedTest, RuleOutcome, RuleSet,
    Target, Verdict,
};
use crate::lead::{LeadInput, NewLead};

fn explained(lead: &NewLead, field: &str, operator: &str, value: &Value) -> ExplainedRule {
    let rules = vec![rule(1, condition(field, operator, value))];
    let set = RuleSet { rules, default: Target::Nobody };
    set.explain(lead, CREATOR).rules.remove(0)
}

fn verdict(lead: &NewLead, field: &str, operator: &str, value: &Value) -> Verdict {
    explained(lead, field, operator, value).conditions.verdict
}

fn test(lead: &NewLead, field: &str, operator: &str, value: &Value) -> ExplainedTest {
    match explained(lead, field, operator, value).conditions.part {
        ExplainedPart::Test(test) => test,
        other => panic!("{other:?}"),
    }
}

#[test]
fn texts_compare_without_regard_to_case() {
    let lead = lead(LeadInput {
        source: Some("Google ADS".to_owned()),
        phone: Some("+44 20 7946 0018".to_owned()),
        country: Some("de".to_owned()),
        tags: vec!["Hot".to_owned(), "Q4".to_owned()],
        ..LeadInput::default()
    });
    let id = Uuid::from_u128(7);
    for (field, operator, value, expected) in [
        ("source", "eq", json!("google ads"), Verdict::Matched),
        ("source", "eq", json!("google"), Verdict::NotEqual),
        ("source", "ne", json!("GOOGLE ads"), Verdict::Equal),
        ("source", "in", json!(["a", "google ads"]), Verdict::Matched),
        ("source", "in", json!(["a"]), Verdict::NotListed),
        ("source", "not_in", json!(["Google Ads"]), Verdict::Listed),
        ("source", "contains", json!("LE A"), Verdict::Matched),
        ("source", "contains", json!("bing"), Verdict::NotContained),
        ("source", "starts_with", json!("goo"), Verdict::Matched),
        ("source", "starts_with", json!("ads"), Verdict::OtherStart),
        ("email", "eq", json!("ANN@example.com"), Verdict::Matched),
        ("email_domain", "in", json!(["EXAMPLE.com"]), Verdict::Matched),
        ("phone", "starts_with", json!("+44"), Verdict::Matched),
        ("phone", "in", json!(["+44 20 7946 0018"]), Verdict::Matched),
        ("country", "not_in", json!(["GB", "FR"]), Verdict::Matched),
        ("status", "eq", json!("new"), Verdict::Matched),
        ("tags", "contains", json!("HOT"), Verdict::Matched),
        ("tags", "contains", json!("ho"), Verdict::NotContained),
        ("tags", "in", json!(["cold", "q4"]), Verdict::Matched),
        ("tags", "not_in", json!(["cold", "q4"]), Verdict::Listed),
        ("creator_type", "eq", json!("user"), Verdict::Matched),
        ("creator_id", "eq", json!(id), Verdict::Matched),
        ("creator_id", "ne", json!(id), Verdict::Equal),
    ] {
        assert_eq!(verdict(&lead, field, operator, &value), expected, "{field} {operator} {value}");
    }
}

#[test]
fn a_missing_value_matches_what_says_not() {
    let lead = lead(LeadInput::default());
    for (field, value) in [("source", json!("web")), ("country", json!("GB"))] {
        assert_eq!(verdict(&lead, field, "eq", &value), Verdict::ValueMissing);
        assert_eq!(verdict(&lead, field, "ne", &value), Verdict::Matched);
        assert_eq!(verdict(&lead, field, "not_in", &json!([value])), Verdict::Matched);
        assert_eq!(verdict(&lead, field, "exists", &json!(true)), Verdict::ValueMissing);
        assert_eq!(verdict(&lead, field, "exists", &json!(false)), Verdict::Matched);
    }
    assert_eq!(verdict(&lead, "tags", "not_in", &json!(["a"])), Verdict::Matched);
    assert_eq!(verdict(&lead, "email", "exists", &json!(false)), Verdict::ValuePresent);
}

#[test]
fn money_compares_within_one_currency_only_and_says_so() {
    let gbp = |amount: i64| json!({"amount_minor": amount, "currency": "GBP"});
    let lead = lead_worth(90_000, "GBP");
    for (operator, value, expected) in [
        ("gte", gbp(90_000), Verdict::Matched),
        ("gt", gbp(90_000), Verdict::TooLow),
        ("lt", gbp(90_000), Verdict::TooHigh),
        ("between", json!([gbp(90_000), gbp(90_000)]), Verdict::Matched),
        ("between", json!([gbp(1), gbp(2)]), Verdict::TooHigh),
        ("between", json!([gbp(90_001), gbp(90_002)]), Verdict::TooLow),
        ("ne", gbp(1), Verdict::Matched),
    ] {
        assert_eq!(verdict(&lead, "value", operator, &value), expected, "{operator} {value}");
    }
    let foreign = lead_worth(90_000, "EUR");
    for operator in ["eq", "ne", "gt", "gte", "lt", "lte"] {
        assert_eq!(verdict(&foreign, "value", operator, &gbp(1)), Verdict::OtherCurrency);
    }
    let told = test(&foreign, "value", "gte", &gbp(100_000));
    assert_eq!(told.expected, "be at least 1000.00 GBP");
    assert_eq!(told.actual.as_deref(), Some("900.00 EUR"));
    let detail = "value is 900.00 EUR, and amounts compare within one currency only; it must be at \
                  least 1000.00 GBP";
    assert_eq!(told.detail, detail);
    let yen = test(&lead_worth(7, "JPY"), "value", "exists", &json!(true));
    assert_eq!(yen.actual.as_deref(), Some("7 JPY"));
}

#[test]
fn custom_fields_compare_by_their_definition() {
    let custom = json!({
        "plan": "pro", "budget": 12.5, "topics": ["Basic"], "since": "2026-03-01", "vip": true,
        "note": "  Call\nback  ",
    });
    let lead = lead_with(custom);
    for (field, operator, value) in [
        ("plan", "eq", json!("Pro")),
        ("budget", "between", json!([12, 12.5])),
        ("budget", "not_in", json!([12])),
        ("topics", "contains", json!("basic")),
        ("since", "gt", json!("2026-02-28")),
        ("vip", "eq", json!(true)),
        ("note", "contains", json!("back")),
    ] {
        let field = format!("custom_fields.{field}");
        assert_eq!(verdict(&lead, &field, operator, &value), Verdict::Matched, "{field}");
    }
    let wrong = lead_with(json!({"budget": "lots", "since": "soon", "vip": null}));
    for operator in ["eq", "ne", "lt"] {
        let found = verdict(&wrong, "custom_fields.budget", operator, &json!(1));
        assert_eq!(found, Verdict::WrongType);
    }
    let exists = verdict(&wrong, "custom_fields.since", "exists", &json!(true));
    assert_eq!(exists, Verdict::Matched);
    let missing = verdict(&wrong, "custom_fields.vip", "eq", &json!(true));
    assert_eq!(missing, Verdict::ValueMissing);
    let told = test(&wrong, "custom_fields.budget", "lt", &json!(1.5)).detail;
    let expected = "custom_fields.budget is \"lots\", which is not a number; it must be below 1.5";
    assert_eq!(told, expected);
}

#[test]
fn what_is_told_is_short_whatever_the_lead_sends() {
    let lead = lead_with(json!({"note": "ä".repeat(10_000)}));
    let many: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let told = test(&lead, "custom_fields.note", "in", &json!(many));
    assert_eq!(told.actual.unwrap().chars().count(), 203);
    assert!(told.expected.ends_with("“19”, 180 more"), "{}", told.expected);
}

#[test]
fn the_first_enabled_rule_that_matches_decides() {
    let web = || condition("source", "eq", &json!("web"));
    let nested = json!({"all": [
        {"field": "source", "operator": "exists"},
        {"any": [
            {"field": "product", "operator": "eq", "value": "solar"},
            {"field": "company", "operator": "exists", "value": false},
        ]},
    ]});
    let mut disabled = rule(1, web());
    disabled.settings.enabled = false;
    let other = rule(2, condition("source", "ne", &json!("web")));
    let rules = vec![disabled, other, rule(3, parse(&nested).unwrap()), rule(4, web())];
    let set = RuleSet { rules, default: Target::Nobody };
    let lead = lead(LeadInput { source: Some("web".to_owned()), ..LeadInput::default() });

    let routed = set.route(&lead, CREATOR);
    let rule = AppliedRule { id: Uuid::from_u128(3).into(), version: 3 };
    assert_eq!(routed.rule, Some(rule));
    assert_eq!(routed.target, Target::Group(Uuid::from_u128(3).into()));

    let told = set.explain(&lead, CREATOR);
    assert_eq!(told.routed, routed);
    let outcomes: Vec<RuleOutcome> = told.rules.iter().map(|rule| rule.outcome).collect();
    let expected = [
        RuleOutcome::Disabled,
        RuleOutcome::NotMatched,
        RuleOutcome::Chosen,
        RuleOutcome::NotReached,
    ];
    assert_eq!(outcomes, expected);
    let ExplainedPart::All(parts) = &told.rules[2].conditions.part else { panic!("{told:?}") };
    let ExplainedPart::Any(inner) = &parts[1].part else { panic!("{told:?}") };
    // The one that could not change the outcome any more is told too.
    assert_eq!(inner[0].verdict, Verdict::ValueMissing);
    assert_eq!(inner[1].pointer, "/conditions/all/1/any/1");
    assert!(inner[1].verdict.is_match() && parts[1].verdict.is_match());
}

#[test]
fn without_a_matching_rule_the_default_decides() {
    let default = Target::Team(Uuid::from_u128(9).into());
    let key = condition("creator_type", "eq", &json!("api_key"));
    let set = RuleSet { rules: vec![rule(1, key)], default };
    let lead = lead(LeadInput::default());
    let routed = set.route(&lead, CREATOR);
    assert_eq!((routed.rule, routed.target), (None, default));
    let by_key = set.route(&lead, Creator::ApiKey(Uuid::from_u128(7).into()));
    assert!(by_key.rule.is_some());
    let told = set.explain(&lead, CREATOR);
    assert_eq!(told.rules[0].outcome.as_str(), "not_matched");
    assert_eq!(told.rules[0].conditions.verdict.as_str(), "not_equal");
}
