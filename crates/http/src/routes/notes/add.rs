//! `POST /v1/leads/{id}/notes`.

use evenhand_application::activities::notes;
use evenhand_domain::activity::Note;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::EditLeads;

use super::body::AddNote;
use super::view::NoteView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Add a note to a lead.
///
/// By whoever works on it: former owners and who entered it only look on. The lead's own version
/// stays. A mention of somebody who does not see the lead is refused (`cannot_see_lead`).
#[utoipa::path(
    post, path = "/v1/leads/{id}/notes", tag = "activities",
    responses(
        (status = 201, description = "The note.", body = NoteView),
        (status = 403, description = "You may only look at the lead."),
    ),
)]
pub(crate) async fn add_lead_note(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    key: IdempotencyKey,
    body: Body<AddNote>,
) -> Answer {
    let body = body.read().await?;
    let fields = body.content.check(AddNote::parse)?;
    let once = key.once(grant.stamp().credential, &body.bytes, added);
    let outcome = notes::add(&state.services, &grant, lead_id, fields, once.as_ref()).await?;
    key.answer(outcome, added)
}

fn added(note: &Note) -> Made {
    let location = format!("/v1/leads/{}/notes/{}", note.lead_id, note.id);
    Made::created(location, note.version, &NoteView::from(note))
}
