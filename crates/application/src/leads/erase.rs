//! A person's data gone for good; what was decided about the lead stays provable.

use evenhand_distribution::ownership::{WaitedFor, remove_collaborators};
use evenhand_domain::duplicate::ContactKey;
use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::CollaboratorRemoved;
use evenhand_domain::permission::{EraseLeads, Grant, Permission, Sight};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::intake::{self, ExternalId};
use evenhand_persistence::leads::{self, SeenLead};
use evenhand_persistence::{activities, idempotency, lead_contacts, lead_search, ownership};
use serde_json::json;

use crate::{Services, check_version};

/// Erases whatever says who a lead's person is, from the lead and all that was kept about it. The lead
/// stays as what it was dealt as, put away; one that was erased stays as it is. Gives the lead as it
/// is then.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at, [`Error::PreconditionFailed`]; unavailability.
pub async fn erase(
    services: &Services,
    grant: &Grant<EraseLeads>,
    id: LeadId,
    expected_version: Option<i64>,
) -> Result<SeenLead, Error> {
    loop {
        if let Some(lead) = attempt(services, grant, id, expected_version).await? {
            services.store.overwrite_deleted().await?;
            return Ok(lead);
        }
    }
}

/// `None` when somebody else has changed the lead since it was read.
async fn attempt(
    services: &Services,
    grant: &Grant<EraseLeads>,
    id: LeadId,
    expected_version: Option<i64>,
) -> Result<Option<SeenLead>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let organization_id = grant.organization_id();
    let before = leads::get(&tx, grant, id).await?.ok_or(Error::NotFound("lead"))?;
    if before.sight != Sight::Working {
        return Err(Error::Denied(Permission::LeadsErase));
    }
    check_version(expected_version, before.lead.version)?;
    if before.lead.erased_at.is_some() {
        return Ok(Some(before));
    }
    let fields = &before.lead.fields;
    let came_at = before.lead.created_at;
    idempotency::forget_answers(&mut tx, organization_id, id, came_at).await?;
    if let Some(external_id) = ExternalId::of(organization_id, fields) {
        intake::release_external_id(&mut tx, &external_id).await?;
    }
    let contacts: Vec<ContactKey> = ContactKey::all_of(fields).collect();
    lead_contacts::change(&mut tx, (organization_id, id), came_at, (&contacts, &[])).await?;
    let mut waited_for = WaitedFor::lock(&mut tx, organization_id, &[id]).await?;
    let held = ownership::lock(&mut tx, grant, &[id]).await?;
    let held = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    if held.version != before.lead.version || !waited_for.covers(&held) {
        return Ok(None);
    }
    // Whoever had the lead before may have kept an answer that tells of it, and changed nothing of it.
    if idempotency::has_answers(&mut tx, organization_id, id, came_at).await? {
        return Ok(None);
    }
    let by = grant.actor().into();
    waited_for.take_off(&mut tx, &services.ids, organization_id, by, held).await?;
    let now = tx.now().await?;
    let archived_at = before.lead.archived_at.unwrap_or(now);
    leads::set_archived(&mut tx, organization_id, id, Some(archived_at), now).await?;
    let why = CollaboratorRemoved::Erased;
    remove_collaborators(&mut tx, organization_id, by, &[id], None, why).await?;
    leads::erase(&mut tx, organization_id, id, now).await?;
    ownership::erase_notes(&mut tx, organization_id, id).await?;
    activities::wipe(&mut tx, organization_id, id).await?;
    lead_search::wipe(&mut tx, organization_id, id).await?;
    events::erase_details(&mut tx, organization_id, id.uuid()).await?;
    let data = json!({"before": {"erased": false}, "after": {"erased": true, "archived": true}});
    let event = Event::by(grant.actor(), "lead.erased", id, now, data);
    events::append(&mut tx, vec![event]).await?;
    let lead = leads::get(&tx, grant, id).await?;
    tx.commit().await?;
    lead.map(Some).ok_or_else(|| Error::internal("a lead was lost on its way"))
}
