//! `PATCH /v1/leads/{id}/notes/{note_id}`.

use evenhand_application::activities::notes;
use evenhand_domain::ids::{LeadId, NoteId};
use evenhand_domain::permission::EditLeads;

use super::body::ChangeNote;
use super::view::NoteView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Change a note.
///
/// A JSON merge patch: what is absent stays. By who added it, and with the permission
/// `activities.manage` by whoever works on the lead. What it said before is kept
/// (`GET …/revisions`).
#[utoipa::path(
    patch, path = "/v1/leads/{id}/notes/{note_id}", tag = "activities",
    responses(
        (status = 200, description = "The note as it is now.", body = NoteView),
        (status = 403, description = "You may only look at the lead. Or somebody else added the note, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn change_lead_note(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, NoteId>,
    expected: IfMatch,
    body: Body<ChangeNote>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeNote::parse)?;
    let expected = expected.version();
    let note = notes::change(&state.services, &grant, lead_id, id, change, expected).await?;
    ok_version(note.version, &NoteView::from(&note))
}
