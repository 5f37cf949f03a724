//! `GET /v1/routing-rules`.

use evenhand_domain::permission::ManageRouting;
use evenhand_persistence::routing;

use super::view::RoutingRuleList;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::state::State;

/// List the routing rules.
///
/// All of them, in the order in which they are asked. There are 200 at most.
#[utoipa::path(
    get, path = "/v1/routing-rules", tag = "routing",
    responses((
        status = 200, description = "The rules.", body = RoutingRuleList,
        headers(("ETag" = String, description = "The settings' version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn list_routing_rules(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
) -> Answer {
    let routing = routing::read(state.store(), &grant).await?;
    ok_version(routing.settings_version, &RoutingRuleList::from(&routing))
}
