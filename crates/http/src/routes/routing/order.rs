//! `PUT /v1/routing-rules/order`.

use evenhand_application::routing;
use evenhand_domain::permission::ManageRouting;

use super::body::OrderRoutingRules;
use super::view::RoutingRuleList;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::state::State;

/// Order the routing rules.
///
/// All of them at once, disabled ones too: no lead meets half of an order.
#[utoipa::path(
    put, path = "/v1/routing-rules/order", tag = "routing",
    responses(
        (status = 200, description = "The rules in their new order.", body = RoutingRuleList),
        (status = 409, description = "Other rules are there than the order names: `other_rules`."),
    ),
)]
pub(crate) async fn order_routing_rules(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    expected: IfMatch,
    body: Body<OrderRoutingRules>,
) -> Answer {
    let order = body.read().await?.content.check(OrderRoutingRules::parse)?;
    let routing = routing::reorder(&state.services, &grant, &order, expected.version()).await?;
    ok_version(routing.settings_version, &RoutingRuleList::from(&routing))
}
