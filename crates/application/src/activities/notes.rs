//! Notes on leads.

use evenhand_domain::activity::{Author, Note, NoteChange, NoteFields};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, NoteId, UserId};
use evenhand_domain::permission::{EditLeads, Grant};
use evenhand_persistence::activities::notes::{self, NewNote};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use serde_json::json;

use super::{locked, readers, require_author, tell};
use crate::{Services, check_version};

/// Adds a note to a lead.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at; [`Error::Invalid`] for mentions of users who are not active or do not see it.
pub async fn add(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    fields: NoteFields,
    once: Option<&Once<Note>>,
) -> Result<Outcome<Note>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization_id = grant.organization_id();
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    readers::lock(&mut tx, grant, &fields.mentions).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    readers::check(&tx, grant, &lead, &pointed_at(&fields.mentions, &[])).await?;
    let now = tx.now().await?;
    let id: NoteId = services.ids.next(now);
    let data = json!({"note_id": id, "after": {"mentions": fields.mentions}});
    let words = json!({"after": {"body": fields.body}});
    let author = Author::from(grant.subject());
    let note = NewNote { id, lead_id, fields, author, assignment_id: None, at: now };
    notes::insert(&mut tx, organization_id, &[note]).await?;
    tell(&mut tx, grant, "lead.note_added", lead_id, data, Some(words)).await?;
    let note = notes::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("note"))?;
    // Whoever erases the lead finds the kept answer by it.
    idempotency::finish(&mut tx, organization_id, once, lead_id.uuid(), &note).await?;
    tx.commit().await?;
    Ok(Outcome::Done(note))
}

/// Changes a note. What it said is kept among its revisions.
///
/// # Errors
/// As [`add`]; [`Error::Denied`] also for who neither wrote it nor manages what others put down;
/// [`Error::PreconditionFailed`].
pub async fn change(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: NoteId,
    change: NoteChange,
    expected_version: Option<i64>,
) -> Result<Note, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    readers::lock(&mut tx, grant, change.mentions.as_deref().unwrap_or_default()).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    let note = notes::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("note"))?;
    require_author(grant, &note.author)?;
    check_version(expected_version, note.version)?;
    let before = note.fields();
    let after = before.clone().changed(change);
    if after == before {
        return Ok(note);
    }
    readers::check(&tx, grant, &lead, &pointed_at(&after.mentions, &before.mentions)).await?;
    let now = tx.now().await?;
    notes::update(&mut tx, grant, &note, &after, grant.subject().into(), now).await?;
    let data = json!({
        "note_id": id,
        "before": {"mentions": before.mentions},
        "after": {"mentions": after.mentions},
    });
    let words = json!({"before": {"body": before.body}, "after": {"body": after.body}});
    tell(&mut tx, grant, "lead.note_changed", lead_id, data, Some(words)).await?;
    let note = notes::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("note"))?;
    tx.commit().await?;
    Ok(note)
}

/// Deletes a note with all its words; that it was there is still told.
///
/// # Errors
/// As [`change`].
pub async fn delete(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: NoteId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    locked(&mut tx, grant, lead_id).await?;
    let note = notes::get(&tx, grant, lead_id, id).await?.ok_or(Error::NotFound("note"))?;
    require_author(grant, &note.author)?;
    check_version(expected_version, note.version)?;
    notes::delete(&mut tx, grant, &note).await?;
    tell(&mut tx, grant, "lead.note_deleted", lead_id, json!({"note_id": id}), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Those who were not mentioned before, each with where the request mentions them. Who was may have
/// lost sight of the lead since.
fn pointed_at(mentions: &[UserId], before: &[UserId]) -> Vec<(String, UserId)> {
    let places = mentions.iter().enumerate();
    let new = places.filter(|(_, user)| !before.contains(user));
    new.map(|(index, user)| (format!("/mentions/{index}"), *user)).collect()
}
