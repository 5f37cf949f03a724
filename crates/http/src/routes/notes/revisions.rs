//! `GET /v1/leads/{id}/notes/{note_id}/revisions`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, NoteId};
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::notes;

use super::view::{NoteRevisionPage, NoteRevisionView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List what a note said before.
///
/// Its former versions, newest first, each with who wrote it; none of a note that was never changed.
#[utoipa::path(
    get, path = "/v1/leads/{id}/notes/{note_id}/revisions", tag = "activities",
    responses((status = 200, description = "A page of former versions.", body = NoteRevisionPage)),
)]
pub(crate) async fn list_lead_note_revisions(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, NoteId>,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|filters, _| Some(filters))?;
    let page = notes::revisions(state.store(), &grant, lead_id, id, &asked.page).await?;
    let page = page.ok_or(Error::NotFound("note"))?;
    ok(&NoteRevisionPage::from(asked.views(page, NoteRevisionView::from)))
}
