//! A decision of the routing rules with its reasons, as the API shows it.

use evenhand_domain::routing::{
    AppliedRule, ExplainedCondition, ExplainedPart, ExplainedRule, ExplainedTest, Explanation,
    Operator, Routed,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::RoutingTarget;

/// Where a lead would go, and why.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutingTest, example = json!({
    "rule_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a",
    "rule_version": 3,
    "target": {"group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
    "rules": [{
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a", "version": 3, "name": "High-value sales",
        "outcome": "chosen",
        "conditions": {
            "pointer": "/conditions", "matched": true, "reason": "matched", "all": null,
            "any": null, "field": "value", "operator": "gte",
            "expected": "be at least 10000.00 GBP", "actual": "12500.00 GBP",
            "detail": "value is 12500.00 GBP; it must be at least 10000.00 GBP",
        },
    }],
}))]
pub(crate) struct RoutingTestView {
    /// The rule that decides; null = none matches, and the default does.
    rule_id: Option<Uuid>,
    /// Its version.
    rule_version: Option<i64>,
    /// Where the lead would go; null = to nobody.
    #[schema(value_type = Option<RoutingTarget>)]
    target: Value,
    /// Every rule in order.
    rules: Vec<TestedRuleView>,
}

/// What a lead means for one rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestedRoutingRule)]
struct TestedRuleView {
    /// Which.
    id: Uuid,
    /// Its version.
    version: i64,
    /// Its name.
    name: String,
    /// `chosen`, `not_matched`, `not_reached` (it matches, but an earlier one decides), or
    /// `disabled`. There will be more.
    outcome: &'static str,
    /// What its conditions find, also of a rule that takes no part.
    conditions: TestedConditionView,
}

/// What a condition finds of a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TestedRoutingCondition, no_recursion)]
struct TestedConditionView {
    /// Its place in the rule.
    pointer: String,
    /// Whether it holds.
    matched: bool,
    /// `matched`, or why it does not hold: `value_missing`, `value_present`, `wrong_type`,
    /// `other_currency`, `not_equal`, `equal`, `not_listed`, `listed`, `not_contained`,
    /// `other_start`, `too_low`, `too_high`, `not_all_matched`, `none_matched`. There will be more.
    reason: &'static str,
    /// Of an `all`: what is in it; null else.
    all: Option<Vec<Self>>,
    /// Of an `any`: what is in it; null else.
    any: Option<Vec<Self>>,
    /// Of a comparison: the field; null else, like all that follows.
    field: Option<String>,
    /// How it is compared.
    operator: Option<&'static str>,
    /// What it must do, in words.
    expected: Option<String>,
    /// What the lead has, in words; null also where it has nothing.
    actual: Option<String>,
    /// The whole comparison in words, with what prevents it.
    detail: Option<String>,
}

impl From<Explanation> for RoutingTestView {
    fn from(explanation: Explanation) -> Self {
        let Explanation { routed: Routed { rule, target }, rules } = explanation;
        let (rule_id, rule_version) =
            rule.map(|AppliedRule { id, version }| (id.uuid(), version)).unzip();
        let rules = rules.into_iter().map(TestedRuleView::from).collect();
        Self { rule_id, rule_version, target: target.to_json(), rules }
    }
}

impl From<ExplainedRule> for TestedRuleView {
    fn from(explained: ExplainedRule) -> Self {
        let ExplainedRule { id, version, name, outcome, conditions } = explained;
        let (id, outcome) = (id.uuid(), outcome.as_str());
        Self { id, version, name, outcome, conditions: conditions.into() }
    }
}

impl From<ExplainedCondition> for TestedConditionView {
    fn from(explained: ExplainedCondition) -> Self {
        let ExplainedCondition { pointer, verdict, part } = explained;
        let views = |parts: Vec<ExplainedCondition>| parts.into_iter().map(Self::from).collect();
        let (all, any, test) = match part {
            ExplainedPart::All(parts) => (Some(views(parts)), None, None),
            ExplainedPart::Any(parts) => (None, Some(views(parts)), None),
            ExplainedPart::Test(test) => (None, None, Some(test)),
        };
        let view = Self {
            pointer,
            matched: verdict.is_match(),
            reason: verdict.as_str(),
            all,
            any,
            field: None,
            operator: None,
            expected: None,
            actual: None,
            detail: None,
        };
        let Some(ExplainedTest { field, operator, expected, actual, detail }) = test else {
            return view;
        };
        Self {
            field: Some(field),
            operator: Some(Operator::as_str(operator)),
            expected: Some(expected),
            actual,
            detail: Some(detail),
            ..view
        }
    }
}
