//! `GET /v1/leads/{id}/notes`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::notes;

use super::view::{NotePage, NoteView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List the notes on a lead.
///
/// Newest first. Whoever sees the lead reads them, former owners and who entered it as well.
#[utoipa::path(
    get, path = "/v1/leads/{id}/notes", tag = "activities",
    responses((status = 200, description = "A page of notes.", body = NotePage)),
)]
pub(crate) async fn list_lead_notes(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|filters, _| Some(filters))?;
    let page = notes::list(state.store(), &grant, lead_id, &asked.page).await?;
    let page = page.ok_or(Error::NotFound("lead"))?;
    ok(&NotePage::from(asked.views(page, |note| NoteView::from(&note))))
}
