//! `PATCH /v1/routing-rules/{id}`.

use evenhand_application::routing;
use evenhand_domain::ids::RuleId;
use evenhand_domain::permission::ManageRouting;

use super::body::{ChangeRoutingRule, DescribedAs};
use super::view::RoutingRuleView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Change a routing rule.
///
/// A JSON merge patch: what is absent stays; conditions are replaced as a whole. Leads that it has
/// routed stay where they are, and tell the version that they met.
#[utoipa::path(
    patch, path = "/v1/routing-rules/{id}", tag = "routing",
    responses((status = 200, description = "The rule as it is now.", body = RoutingRuleView)),
)]
pub(crate) async fn change_routing_rule(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    Id(id): Id<RuleId>,
    expected: IfMatch,
    body: Body<DescribedAs<ChangeRoutingRule>>,
) -> Answer {
    let change = body.read().await?.content.check(DescribedAs::into_json)?;
    let version = expected.version();
    let stored = routing::change(&state.services, &grant, id, &change, version).await?;
    ok_version(stored.rule.version, &RoutingRuleView::from(&stored))
}
