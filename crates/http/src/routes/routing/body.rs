//! What clients send about routing rules. The domain reads all of it from JSON, so that every fault
//! has its place; the types here describe it.

use std::borrow::Cow;
use std::marker::PhantomData;

use evenhand_domain::error::Faults;
use evenhand_domain::ids::RuleId;
use evenhand_domain::routing::bounds;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::condition::RoutingCondition;
use crate::fields;

/// Any JSON object, described as an `S`.
#[derive(Debug, Clone)]
pub(crate) struct DescribedAs<S>(Map<String, Value>, PhantomData<fn() -> S>);

impl<S> DescribedAs<S> {
    /// The object itself; faults are found by whoever reads it.
    pub(crate) fn into_json(self, _faults: &mut Faults) -> Option<Value> {
        Some(Value::Object(self.0))
    }
}

impl<'de, S> Deserialize<'de> for DescribedAs<S> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|members| Self(members, PhantomData))
    }
}

impl<S: PartialSchema> PartialSchema for DescribedAs<S> {
    fn schema() -> RefOr<Schema> {
        S::schema()
    }
}

impl<S: ToSchema> ToSchema for DescribedAs<S> {
    fn name() -> Cow<'static, str> {
        S::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        S::schemas(schemas);
    }
}

/// Where leads go: name one of the three. (Null, where there is one, is nobody: they stay
/// unassigned.)
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct RoutingTarget {
    /// To the rotation of this group.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    group_id: Option<String>,
    /// To the rotation of this team.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    team_id: Option<String>,
    /// To this active user, whatever their turn.
    #[schema(value_type = Option<Uuid>, nullable = false)]
    user_id: Option<String>,
}

/// A routing rule to add.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "High-value sales",
    "conditions": {"all": [
        {"field": "value", "operator": "gte",
         "value": {"amount_minor": 1000000, "currency": "GBP"}},
        {"any": [
            {"field": "source", "operator": "in", "value": ["web", "partner"]},
            {"field": "tags", "operator": "contains", "value": "vip"},
        ]},
    ]},
    "target": {"group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"},
}))]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct CreateRoutingRule {
    /// What people call it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Whether it takes part; yes when absent.
    enabled: Option<bool>,
    /// Which leads it is for; `{"all": []}` is for every one. At most 100 conditions, 5 levels of
    /// `all` and `any`, and 32 KiB.
    #[schema(inline = false)]
    conditions: RoutingCondition,
    /// Where those go; null = to nobody.
    #[schema(required = true)]
    target: Option<RoutingTarget>,
}

/// A change of a routing rule (JSON merge patch).
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "enabled": true, "target": {"user_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"},
}))]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct ChangeRoutingRule {
    /// What people call it.
    #[schema(required = false, min_length = 1, max_length = 100)]
    name: String,
    /// Whether it takes part; null = yes.
    enabled: Option<bool>,
    /// Which leads it is for, all of them.
    #[schema(required = false)]
    conditions: RoutingCondition,
    /// Where those go; null = to nobody.
    target: Option<RoutingTarget>,
}

/// Where leads go that no rule is for.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"target": {"group_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02"}}))]
#[expect(dead_code, reason = "describes what the domain reads")]
pub(crate) struct SetRoutingDefault {
    /// Where; null = to nobody.
    #[schema(required = true)]
    target: Option<RoutingTarget>,
}

/// The order of all rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rule_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0a"]}))]
pub(crate) struct OrderRoutingRules {
    /// Every rule once, the first to be asked first.
    #[schema(value_type = Vec<Uuid>, required = true, max_items = 200)]
    rule_ids: Option<Vec<String>>,
}

impl OrderRoutingRules {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Vec<RuleId>> {
        let ids = fields::required(faults, "/rule_ids", self.rule_ids)?;
        fields::ids::<RuleId>(faults, "/rule_ids", &ids, bounds::RULES).all()
    }
}
