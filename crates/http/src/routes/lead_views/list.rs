//! `GET /v1/lead-views`.

use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::lead_views;

use super::view::LeadViewListView;
use crate::answer::ok;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::state::State;

/// List your saved lists.
///
/// All of them, in your order. There are 100 at most, and nobody else sees them.
#[utoipa::path(
    get, path = "/v1/lead-views", tag = "leads",
    responses((status = 200, description = "Your saved lists.", body = LeadViewListView)),
)]
pub(crate) async fn list_lead_views(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
) -> Answer {
    let views = lead_views::list(state.store(), &grant).await?;
    ok(&LeadViewListView::from(&*views))
}
