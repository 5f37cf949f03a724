//! Any set of routing rules decides as its conditions say, explains exactly what it decided, and
//! comes back from storage as it was saved.
//!
//! What conditions say is checked against a model that reads the conditions' JSON and the lead's
//! input anew each time: it has no types, no parsing and no short cuts to get wrong in the same way.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "routing_properties/generate.rs"]
mod generate;
#[path = "routing_properties/model.rs"]
mod model;

use evenhand_domain::error::Faults;
use evenhand_domain::lead::NewLead;
use evenhand_domain::routing::{
    Conditions, ExplainedCondition, ExplainedPart, Rule, RuleOutcome, RuleSet, RuleSettings,
    Target, Verdict, Vocabulary,
};
use generate::{conditions, creator, custom_fields, lead_input, organization, soup};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn read(value: &Value, faults: &mut Faults) -> Option<Conditions> {
    let (organization, fields) = (organization(), custom_fields());
    Conditions::parse(value, "", Vocabulary::new(&organization, &fields), faults)
}

fn parsed(value: &Value) -> Conditions {
    let mut faults = Faults::default();
    read(value, &mut faults).unwrap()
}

fn rule_set(rules: &[(bool, Value)]) -> RuleSet {
    let rules = rules.iter().zip(1..).map(|((enabled, conditions), number)| Rule {
        id: Uuid::from_u128(number).into(),
        version: 1,
        settings: RuleSettings {
            name: format!("Rule {number}"),
            enabled: *enabled,
            conditions: parsed(conditions),
            target: Target::User(Uuid::from_u128(number).into()),
        },
    });
    RuleSet { rules: rules.collect(), default: Target::Nobody }
}

/// Whether the groups in it found what their conditions say, and each stands where it says.
fn consistent(condition: &ExplainedCondition, pointer: &str) -> bool {
    let group = |name: &str, inner: &[ExplainedCondition]| {
        let inner = inner.iter().enumerate();
        inner.into_iter().all(|(index, one)| consistent(one, &format!("{pointer}/{name}/{index}")))
    };
    let matched = |one: &ExplainedCondition| one.verdict.is_match();
    condition.pointer == pointer
        && match &condition.part {
            ExplainedPart::All(inner) => {
                let failure = Verdict::NotAllMatched;
                let expected = if inner.iter().all(matched) { Verdict::Matched } else { failure };
                condition.verdict == expected && group("all", inner)
            }
            ExplainedPart::Any(inner) => {
                let failure = Verdict::NoneMatched;
                let expected = if inner.iter().any(matched) { Verdict::Matched } else { failure };
                condition.verdict == expected && group("any", inner)
            }
            ExplainedPart::Test(_) => true,
        }
}

/// Whether `pointer` names a place in `body`, or a member that is absent from one.
fn points_into(body: &Value, pointer: &str) -> bool {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    body.pointer(pointer).is_some() || body.pointer(parent).is_some_and(Value::is_object)
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn routing_does_what_its_explanation_and_the_model_say(
        rules in prop::collection::vec((prop::bool::weighted(0.8), conditions()), 0..6),
        input in lead_input(),
        creator in creator(),
    ) {
        let set = rule_set(&rules);
        let lead = NewLead::parse(input.clone(), &organization(), None, &mut Faults::default());
        let lead = lead.unwrap();
        let routed = set.route(&lead, creator);
        let told = set.explain(&lead, creator);

        let model = rules.iter().position(|(enabled, conditions)| {
            *enabled && model::holds(conditions, &input, creator)
        });
        let expected = model.map(|index| set.rules[index].id);
        prop_assert_eq!(routed.rule.map(|rule| rule.id), expected);
        let target = model.map_or(Target::Nobody, |index| set.rules[index].settings.target);
        prop_assert_eq!(routed.target, target);

        prop_assert_eq!(told.routed, routed);
        prop_assert_eq!(told.rules.len(), set.rules.len());
        let mut chosen = None;
        for (rule, own) in told.rules.iter().zip(&set.rules) {
            prop_assert!(consistent(&rule.conditions, "/conditions"), "{:?}", rule);
            let expected = match (own.settings.enabled, rule.conditions.verdict.is_match()) {
                (false, _) => RuleOutcome::Disabled,
                (true, false) => RuleOutcome::NotMatched,
                (true, true) if chosen.is_some() => RuleOutcome::NotReached,
                (true, true) => {
                    chosen = Some(own.id);
                    RuleOutcome::Chosen
                }
            };
            prop_assert_eq!(rule.outcome, expected);
        }
        // The explanation's first matching rule is the one that routing chose.
        prop_assert_eq!(chosen, routed.rule.map(|rule| rule.id));
    }

    #[test]
    fn conditions_come_back_as_they_were_saved(written in conditions()) {
        let conditions = parsed(&written);
        let saved = conditions.to_json();
        prop_assert_eq!(&parsed(&saved), &conditions);
        let text = saved.to_string();
        let stored: Value = serde_json::from_str(&text).unwrap();
        let read = Conditions::saved(&stored, &custom_fields()).unwrap();
        prop_assert_eq!(&read, &conditions);
        prop_assert_eq!(read.to_json(), saved);
    }

    #[test]
    fn a_whole_rule_comes_back_as_it_was_saved(written in conditions(), enabled: bool) {
        let (organization, fields) = (organization(), custom_fields());
        let vocabulary = Vocabulary::new(&organization, &fields);
        let body = json!({
            "name": "Rule", "enabled": enabled, "conditions": written,
            "target": {"team_id": Uuid::from_u128(1)},
        });
        let rule = RuleSettings::parse(&body, vocabulary, &mut Faults::default()).unwrap();
        let again = RuleSettings::parse(&rule.to_json(), vocabulary, &mut Faults::default());
        prop_assert_eq!(again, Some(rule));
    }

    #[test]
    fn whatever_is_sent_is_read_or_refused_with_places_that_exist(body in soup()) {
        let mut faults = Faults::default();
        let conditions = read(&body, &mut faults);
        prop_assert_eq!(conditions.is_none(), !faults.is_empty());
        for fault in faults.as_slice() {
            prop_assert!(points_into(&body, &fault.pointer), "{} in {}", fault.pointer, body);
        }
    }
}
