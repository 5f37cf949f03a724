//! `DELETE /v1/lead-views/{id}`.

use evenhand_application::lead_views;
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::permission::ViewLeads;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Delete a saved list.
#[utoipa::path(
    delete, path = "/v1/lead-views/{id}", tag = "leads",
    responses((status = 204, description = "The saved list is gone.")),
)]
pub(crate) async fn delete_lead_view(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
    Id(id): Id<LeadViewId>,
    expected: IfMatch,
) -> Answer {
    lead_views::delete(&state.services, &grant, id, expected.version()).await?;
    no_content()
}
