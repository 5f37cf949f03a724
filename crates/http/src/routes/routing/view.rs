//! Routing rules as the API shows them.

use evenhand_domain::routing::{Rule, RuleSettings, Target};
use evenhand_persistence::routing::{Routing, StoredRule};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::RoutingTarget;
use super::condition::RoutingCondition;
use crate::schema::Instant;

/// A routing rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutingRule, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a",
    "position": 1,
    "name": "High-value sales",
    "enabled": true,
    "conditions": {"field": "value", "operator": "gte",
                   "value": {"amount_minor": 1000000, "currency": "GBP"}},
    "target": {"group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
    "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct RoutingRuleView {
    /// Its id.
    id: Uuid,
    /// Its place in the order, from 1: the first enabled rule whose conditions hold decides. It
    /// changes with the order, not with the rule's version.
    position: u32,
    /// What people call it.
    name: String,
    /// Whether it takes part.
    enabled: bool,
    /// Which leads it is for.
    #[schema(value_type = RoutingCondition)]
    conditions: Value,
    /// Where those go; null = to nobody.
    #[schema(value_type = Option<RoutingTarget>)]
    target: Value,
    /// Raised by every change of the rule; kept with each lead that it routes.
    version: i64,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

impl From<&StoredRule> for RoutingRuleView {
    fn from(stored: &StoredRule) -> Self {
        let StoredRule { rule, position, created_at, updated_at } = stored;
        let Rule { id, version, settings } = rule;
        let RuleSettings { name, enabled, conditions, target } = settings;
        Self {
            id: id.uuid(),
            position: *position,
            name: name.clone(),
            enabled: *enabled,
            conditions: conditions.to_json(),
            target: target.to_json(),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

/// All routing rules in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoutingRuleList {
    /// The rules.
    data: Vec<RoutingRuleView>,
}

impl From<&Routing> for RoutingRuleList {
    fn from(routing: &Routing) -> Self {
        Self { data: routing.rules.iter().map(RoutingRuleView::from).collect() }
    }
}

/// Where leads go that no rule is for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoutingDefault, example = json!({"target": null, "version": 1}))]
pub(crate) struct RoutingDefaultView {
    /// Where; null = to nobody.
    #[schema(value_type = Option<RoutingTarget>)]
    target: Value,
    /// The version of the organization's settings, which it is one of.
    version: i64,
}

impl RoutingDefaultView {
    pub(crate) fn new(target: Target, version: i64) -> Self {
        Self { target: target.to_json(), version }
    }
}
