//! `DELETE /v1/leads/{id}/notes/{note_id}`.

use evenhand_application::activities::notes;
use evenhand_domain::ids::{LeadId, NoteId};
use evenhand_domain::permission::EditLeads;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Delete a note.
///
/// Its words are gone for good, those it had before as well; that it was added and deleted, when and
/// by whom, is still told. By who added it, and with the permission `activities.manage` by whoever
/// works on the lead.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/notes/{note_id}", tag = "activities",
    responses(
        (status = 204, description = "The note is gone."),
        (status = 403, description = "You may only look at the lead. Or somebody else added the note, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn delete_lead_note(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, NoteId>,
    expected: IfMatch,
) -> Answer {
    notes::delete(&state.services, &grant, lead_id, id, expected.version()).await?;
    no_content()
}
