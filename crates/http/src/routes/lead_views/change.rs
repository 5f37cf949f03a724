//! `PATCH /v1/lead-views/{id}`.

use evenhand_application::lead_views;
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::permission::ViewLeads;

use super::body::ChangeLeadView;
use super::view::LeadViewView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Change a saved list.
///
/// A JSON merge patch: what is absent stays; the filter is replaced as a whole.
#[utoipa::path(
    patch, path = "/v1/lead-views/{id}", tag = "leads",
    responses(
        (status = 200, description = "The saved list as it is now.", body = LeadViewView),
        (status = 409, description = "The name is taken: `lead_view_name_taken`."),
    ),
)]
pub(crate) async fn change_lead_view(
    AuthorizedPerson(grant): AuthorizedPerson<ViewLeads>,
    state: State,
    Id(id): Id<LeadViewId>,
    expected: IfMatch,
    body: Body<ChangeLeadView>,
) -> Answer {
    let change = body.read().await?.content.check(|body, faults| body.parse(&grant, faults))?;
    let version = expected.version();
    let view = lead_views::change(&state.services, &grant, id, change, version).await?;
    ok_version(view.version, &LeadViewView::from(&view))
}
