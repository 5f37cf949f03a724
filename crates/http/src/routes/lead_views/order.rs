//! `PUT /v1/lead-views/order`.

use evenhand_application::lead_views;
use evenhand_domain::permission::ViewLeads;

use super::body::OrderLeadViews;
use super::view::LeadViewListView;
use crate::answer::ok;
use crate::body::Body;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::state::State;

/// Order your saved lists.
///
/// All of them at once. The order has no version: naming other lists than there are is what tells that
/// it is out of date.
#[utoipa::path(
    put, path = "/v1/lead-views/order", tag = "leads",
    responses(
        (status = 200, description = "Your saved lists in their new order.", body = LeadViewListView),
        (status = 409, description = "Other lists are there than the order names: `other_lead_views`."),
    ),
)]
pub(crate) async fn order_lead_views(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
    body: Body<OrderLeadViews>,
) -> Answer {
    let order = body.read().await?.content.check(OrderLeadViews::parse)?;
    let views = lead_views::reorder(&state.services, &grant, &order).await?;
    ok(&LeadViewListView::from(&*views))
}
