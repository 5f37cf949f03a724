//! `DELETE /v1/routing-rules/{id}`.

use evenhand_application::routing;
use evenhand_domain::ids::RuleId;
use evenhand_domain::permission::ManageRouting;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Delete a routing rule.
///
/// Leads that it has routed stay where they are, and still tell its name.
#[utoipa::path(
    delete, path = "/v1/routing-rules/{id}", tag = "routing",
    responses((status = 204, description = "The rule is gone.")),
)]
pub(crate) async fn delete_routing_rule(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    Id(id): Id<RuleId>,
    expected: IfMatch,
) -> Answer {
    routing::delete(&state.services, &grant, id, expected.version()).await?;
    no_content()
}
