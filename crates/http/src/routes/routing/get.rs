//! `GET /v1/routing-rules/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::RuleId;
use evenhand_domain::permission::ManageRouting;
use evenhand_persistence::routing;

use super::view::RoutingRuleView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a routing rule.
#[utoipa::path(
    get, path = "/v1/routing-rules/{id}", tag = "routing",
    responses((status = 200, description = "The rule.", body = RoutingRuleView)),
)]
pub(crate) async fn get_routing_rule(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    Id(id): Id<RuleId>,
) -> Answer {
    let routing = routing::read(state.store(), &grant).await?;
    let stored = routing.rules.iter().find(|stored| stored.rule.id == id);
    let stored = stored.ok_or(Error::NotFound("routing rule"))?;
    ok_version(stored.rule.version, &RoutingRuleView::from(stored))
}
