//! `GET /v1/lead-views/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::lead_views;

use super::view::LeadViewView;
use crate::answer::ok_version;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a saved list.
#[utoipa::path(
    get, path = "/v1/lead-views/{id}", tag = "leads",
    responses((status = 200, description = "The saved list.", body = LeadViewView)),
)]
pub(crate) async fn get_lead_view(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
    Id(id): Id<LeadViewId>,
) -> Answer {
    let views = lead_views::list(state.store(), &grant).await?;
    let view = views.iter().find(|view| view.id == id).ok_or(Error::NotFound("saved list"))?;
    ok_version(view.version, &LeadViewView::from(view))
}
