//! Communications with leads.

use evenhand_domain::activity::{
    Communication, CommunicationChange, CommunicationFields, Direction, NewCommunication,
};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{CommunicationId, LeadId};
use evenhand_domain::permission::{EditLeads, Grant};
use evenhand_persistence::activities::communications;
use evenhand_persistence::idempotency::{self, Once, Outcome};
use serde_json::{Value, json};

use super::{locked, require_author, tell};
use crate::{Services, check_version};

/// Puts down a communication with a lead.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at.
pub async fn add(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    new: NewCommunication,
    once: Option<&Once<Communication>>,
) -> Result<Outcome<Communication>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization_id = grant.organization_id();
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    locked(&mut tx, grant, lead_id).await?;
    let now = tx.now().await?;
    let (id, fields): (CommunicationId, _) = (services.ids.next(now), new.put_down(now));
    communications::insert(&mut tx, grant, lead_id, id, &fields, now).await?;
    let data = json!({"communication_id": id, "after": codes(&fields)});
    let words = json!({"after": words(&fields)});
    tell(&mut tx, grant, "lead.communication_added", lead_id, data, Some(words)).await?;
    let stored = communications::get(&tx, grant, lead_id, id).await?;
    let stored = stored.ok_or(Error::NotFound("communication"))?;
    // Whoever erases the lead finds the kept answer by it.
    idempotency::finish(&mut tx, organization_id, once, lead_id.uuid(), &stored).await?;
    tx.commit().await?;
    Ok(Outcome::Done(stored))
}

/// Changes what was put down of a communication.
///
/// # Errors
/// As [`add`]; [`Error::Denied`] also for who neither put it down nor manages what others did;
/// [`Error::PreconditionFailed`]; [`Error::Invalid`] where its direction is missing then.
pub async fn change(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: CommunicationId,
    change: CommunicationChange,
    expected_version: Option<i64>,
) -> Result<Communication, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    locked(&mut tx, grant, lead_id).await?;
    let stored = communications::get(&tx, grant, lead_id, id).await?;
    let stored = stored.ok_or(Error::NotFound("communication"))?;
    require_author(grant, &stored.author)?;
    check_version(expected_version, stored.version)?;
    let before = stored.fields.clone();
    let after = before.clone().changed(change)?;
    if after == before {
        return Ok(stored);
    }
    let now = tx.now().await?;
    communications::update(&mut tx, grant, &stored, &after, now).await?;
    let data = json!({
        "communication_id": id, "before": codes(&before), "after": codes(&after),
    });
    let words = json!({"before": words(&before), "after": words(&after)});
    tell(&mut tx, grant, "lead.communication_changed", lead_id, data, Some(words)).await?;
    let stored = communications::get(&tx, grant, lead_id, id).await?;
    let stored = stored.ok_or(Error::NotFound("communication"))?;
    tx.commit().await?;
    Ok(stored)
}

/// Deletes a communication with all its words; that it was there is still told.
///
/// # Errors
/// As [`change`].
pub async fn delete(
    services: &Services,
    grant: &Grant<EditLeads>,
    lead_id: LeadId,
    id: CommunicationId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    locked(&mut tx, grant, lead_id).await?;
    let stored = communications::get(&tx, grant, lead_id, id).await?;
    let stored = stored.ok_or(Error::NotFound("communication"))?;
    require_author(grant, &stored.author)?;
    check_version(expected_version, stored.version)?;
    communications::delete(&mut tx, grant, &stored).await?;
    let data = json!({"communication_id": id});
    tell(&mut tx, grant, "lead.communication_deleted", lead_id, data, None).await?;
    tx.commit().await?;
    Ok(())
}

fn codes(fields: &CommunicationFields) -> Value {
    json!({
        "channel": fields.channel.as_str(),
        "direction": fields.direction.map(Direction::as_str),
        "duration_seconds": fields.duration_seconds,
        "occurred_at": fields.occurred_at.to_rfc3339(),
    })
}

fn words(fields: &CommunicationFields) -> Value {
    json!({"summary": fields.summary, "outcome": fields.outcome})
}
