//! `POST /v1/routing-rules`.

use evenhand_application::routing;
use evenhand_domain::permission::ManageRouting;
use evenhand_persistence::routing::StoredRule;

use super::body::{CreateRoutingRule, DescribedAs};
use super::view::RoutingRuleView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Add a routing rule.
///
/// Behind all others; `PUT /v1/routing-rules/order` moves it. It decides on the leads that come from
/// then on.
#[utoipa::path(
    post, path = "/v1/routing-rules", tag = "routing",
    responses(
        (status = 201, description = "The rule.", body = RoutingRuleView),
        (status = 409, description = "There are as many as there may be: `too_many_rules`."),
    ),
)]
pub(crate) async fn create_routing_rule(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    key: IdempotencyKey,
    body: Body<DescribedAs<CreateRoutingRule>>,
) -> Answer {
    let body = body.read().await?;
    let rule = body.content.check(DescribedAs::into_json)?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = routing::create(&state.services, &grant, &rule, once.as_ref()).await?;
    key.answer(outcome, created)
}

fn created(stored: &StoredRule) -> Made {
    let location = format!("/v1/routing-rules/{}", stored.rule.id);
    Made::created(location, stored.rule.version, &RoutingRuleView::from(stored))
}
