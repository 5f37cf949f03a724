//! `GET /v1/leads/{id}/notes/{note_id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, NoteId};
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::notes;

use super::view::NoteView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Read a note.
#[utoipa::path(
    get, path = "/v1/leads/{id}/notes/{note_id}", tag = "activities",
    responses((status = 200, description = "The note.", body = NoteView)),
)]
pub(crate) async fn get_lead_note(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, NoteId>,
) -> Answer {
    let note = notes::get(state.store(), &grant, lead_id, id).await?;
    let note = note.ok_or(Error::NotFound("note"))?;
    ok_version(note.version, &NoteView::from(&note))
}
