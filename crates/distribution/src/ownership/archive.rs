//! Leads put away, and taken back. Whose they are stays as it is; what waits to be dealt does so no
//! more.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId};
use evenhand_domain::permission::{ArchiveLeads, Grant, Permission, Sight};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::leads::{self, SeenLead};
use evenhand_persistence::ownership::{self, HeldLead};
use evenhand_persistence::{Store, access};
use serde_json::json;

use super::WaitedFor;

/// What is to be put away or taken back.
#[derive(Debug, Clone, Copy)]
pub struct Archive {
    /// The lead.
    pub lead_id: LeadId,
    /// The version it must have.
    pub expected_version: Option<i64>,
}

/// Puts a lead away; one that is stays as it is.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at, [`Error::PreconditionFailed`]; unavailability.
pub async fn archive(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<ArchiveLeads>,
    request: Archive,
) -> Result<(), Error> {
    while attempt(store, ids, grant, request).await?.is_none() {}
    Ok(())
}

/// `None` when the lead has come to wait for another rotation than the one that was locked.
async fn attempt(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<ArchiveLeads>,
    request: Archive,
) -> Result<Option<()>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let (organization_id, lead_id) = (grant.organization_id(), request.lead_id);
    let mut waited_for = WaitedFor::lock(&mut tx, organization_id, &[lead_id]).await?;
    let held = ownership::lock(&mut tx, grant, &[lead_id]).await?;
    let lead = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    check(&lead, request)?;
    if !waited_for.covers(&lead) {
        return Ok(None);
    }
    if !lead.archived {
        let by = grant.actor().into();
        waited_for.take_off(&mut tx, ids, organization_id, by, lead).await?;
        let now = tx.now().await?;
        leads::set_archived(&mut tx, organization_id, lead_id, Some(now), now).await?;
        let data = json!({"before": {"archived": false}, "after": {"archived": true}});
        let event = Event::by(grant.actor(), "lead.archived", lead_id, now, data);
        events::append(&mut tx, vec![event]).await?;
        tx.commit().await?;
    }
    Ok(Some(()))
}

/// Takes a lead back; one that was not put away stays as it is. Gives the lead as it is then.
///
/// # Errors
/// As [`archive`]; [`Conflict::LeadErased`].
pub async fn restore(
    store: &Store,
    grant: &Grant<ArchiveLeads>,
    request: Archive,
) -> Result<SeenLead, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let (organization_id, lead_id) = (grant.organization_id(), request.lead_id);
    let held = ownership::lock(&mut tx, grant, &[lead_id]).await?;
    let lead = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    check(&lead, request)?;
    let seen = leads::get(&tx, grant, lead_id).await?.ok_or(Error::NotFound("lead"))?;
    if seen.lead.erased_at.is_some() {
        return Err(Error::Conflict(Conflict::LeadErased));
    }
    if !lead.archived {
        return Ok(seen);
    }
    let now = tx.now().await?;
    leads::set_archived(&mut tx, organization_id, lead_id, None, now).await?;
    let data = json!({"before": {"archived": true}, "after": {"archived": false}});
    let event = Event::by(grant.actor(), "lead.restored", lead_id, now, data);
    events::append(&mut tx, vec![event]).await?;
    let seen = leads::get(&tx, grant, lead_id).await?;
    tx.commit().await?;
    seen.ok_or_else(|| Error::internal("a lead was lost on its way"))
}

fn check(lead: &HeldLead, request: Archive) -> Result<(), Error> {
    if lead.sight != Sight::Working {
        return Err(Error::Denied(Permission::LeadsArchive));
    }
    if request.expected_version.is_some_and(|expected| expected != lead.version) {
        return Err(Error::PreconditionFailed);
    }
    Ok(())
}
