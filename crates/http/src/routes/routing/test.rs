//! `POST /v1/routing-rules/test`.

use evenhand_domain::permission::{ManageRouting, Subject};
use evenhand_persistence::routing;

use super::explained::RoutingTestView;
use crate::answer::ok;
use crate::body::Body;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::routes::leads::body::CreateLead;
use crate::state::State;

/// Test the routing rules.
///
/// Says which rule such a lead would fall under if the caller added it now, and what every condition
/// of every rule finds. What the body says in `assignment` is left out of account. Nothing is
/// changed, and no duplicate is looked for.
#[utoipa::path(
    post, path = "/v1/routing-rules/test", tag = "routing",
    responses((status = 200, description = "The decision and its reasons.", body = RoutingTestView)),
)]
pub(crate) async fn test_routing_rules(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    body: Body<CreateLead>,
) -> Answer {
    let body = body.read().await?;
    let routing = routing::read(state.store(), &grant).await?;
    let source = match grant.subject() {
        Subject::User { .. } => None,
        Subject::ApiKey { source, .. } => source.as_deref(),
    };
    let organization = grant.organization();
    let (lead, _) = body
        .content
        .check(|body, faults| body.parse(organization, source, &routing.custom_fields, faults))?;
    let explanation = routing.rule_set().explain(&lead, grant.subject().into());
    ok(&RoutingTestView::from(explanation))
}
