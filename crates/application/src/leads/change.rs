//! The fields of a lead.

use evenhand_domain::duplicate::ContactKey;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::{FieldChange, LeadPatch, NewLead, PatchRules, SourceId};
use evenhand_domain::permission::{EditLeads, Grant, Permission, Sight};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::intake::ExternalId;
use evenhand_persistence::leads::{self, SeenLead};
use evenhand_persistence::{
    Read, Tx, access, intake, lead_contacts, organizations, ownership, routing,
};
use serde_json::{Map, Value, json};

use crate::{Services, check_version};

/// Changes the fields of a lead; one that the patch leaves as it is keeps its version. Gives the lead
/// as it is then.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at, [`Error::PreconditionFailed`], [`Conflict::LeadArchived`], [`Error::Invalid`]
/// with every fault, [`Conflict::ExternalIdTaken`]; unavailability.
pub async fn change(
    services: &Services,
    grant: &Grant<EditLeads>,
    id: LeadId,
    patch: LeadPatch,
    expected_version: Option<i64>,
) -> Result<SeenLead, Error> {
    loop {
        let attempt =
            attempt(services, grant, Which::Id(id), patch.clone(), expected_version).await?;
        if let Some(lead) = attempt {
            return Ok(lead);
        }
    }
}

/// The same for the lead that has this id of its source; `None` when none does that the caller sees.
///
/// # Errors
/// As [`change`], but for [`Error::NotFound`].
pub async fn change_by_source_id(
    services: &Services,
    grant: &Grant<EditLeads>,
    id: &SourceId,
    patch: LeadPatch,
    expected_version: Option<i64>,
) -> Result<Option<SeenLead>, Error> {
    loop {
        let which = Which::SourceId(id);
        match attempt(services, grant, which, patch.clone(), expected_version).await {
            Ok(None) => {}
            Err(Error::NotFound(_)) => return Ok(None),
            changed => return changed,
        }
    }
}

/// By what a lead is found.
#[derive(Debug, Clone, Copy)]
enum Which<'a> {
    Id(LeadId),
    SourceId(&'a SourceId),
}

/// What is wrong with a patch of a lead, as things stand; for whoever refuses it anyway.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`] as [`change`]; unavailability.
pub async fn faults(
    services: &Services,
    grant: &Grant<EditLeads>,
    id: LeadId,
    patch: LeadPatch,
) -> Result<Faults, Error> {
    let store = &services.store;
    let lead = workable(leads::get(store, grant, id).await?)?;
    match patched(store, grant, patch, &lead.lead.fields).await {
        Err(Error::Invalid(faults)) => Ok(faults),
        patched => patched.map(|_| Faults::default()),
    }
}

fn workable(seen: Option<SeenLead>) -> Result<SeenLead, Error> {
    let seen = seen.ok_or(Error::NotFound("lead"))?;
    if seen.sight != Sight::Working {
        return Err(Error::Denied(Permission::LeadsEdit));
    }
    Ok(seen)
}

/// `None` when somebody else has changed the lead since it was read: what the patch makes of it, and
/// which ids and contacts it needs, has to be found anew.
async fn attempt(
    services: &Services,
    grant: &Grant<EditLeads>,
    which: Which<'_>,
    patch: LeadPatch,
    expected_version: Option<i64>,
) -> Result<Option<SeenLead>, Error> {
    let mut tx = services.store.begin().await?;
    // The status that it gets stays there until the commit.
    organizations::keep_lead_statuses(&mut tx, [grant.organization_id()]).await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let before = workable(match which {
        Which::Id(id) => leads::get(&tx, grant, id).await?,
        Which::SourceId(id) => leads::by_source_id(&tx, grant, id).await?,
    })?;
    let id = before.lead.id;
    check_version(expected_version, before.lead.version)?;
    if before.lead.archived_at.is_some() {
        return Err(Error::Conflict(Conflict::LeadArchived));
    }
    let fields = &before.lead.fields;
    let after = patched(&tx, grant, patch, fields).await?;
    let changes = fields.changes_to(&after);
    if changes.is_empty() {
        return Ok(Some(before));
    }
    move_external_id(&mut tx, grant, id, fields, &after).await?;
    let (given_up, new) = contacts(fields, &after);
    let key = (grant.organization_id(), id);
    lead_contacts::change(&mut tx, key, before.lead.created_at, (&given_up, &new)).await?;
    let held = ownership::lock(&mut tx, grant, &[id]).await?;
    let held = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    if held.version != before.lead.version {
        return Ok(None);
    }
    let now = tx.now().await?;
    leads::update(&mut tx, grant.organization_id(), id, &after, now).await?;
    events::append(&mut tx, vec![event(grant, id, changes, now)]).await?;
    let lead = leads::get(&tx, grant, id).await?;
    tx.commit().await?;
    lead.map(Some).ok_or_else(|| Error::internal("a lead was lost on its way"))
}

async fn patched(
    db: &impl Read,
    grant: &Grant<EditLeads>,
    patch: LeadPatch,
    fields: &NewLead,
) -> Result<NewLead, Error> {
    let (_, defined) = routing::custom_fields(db, grant).await?;
    let rules = PatchRules {
        organization: grant.organization(),
        custom_fields: &defined,
        bound_source: grant.subject().bound_source(),
    };
    let mut faults = Faults::default();
    let after = patch.apply(fields, rules, &mut faults);
    after.ok_or(Error::Invalid(faults))
}

async fn move_external_id(
    tx: &mut Tx,
    grant: &Grant<EditLeads>,
    id: LeadId,
    before: &NewLead,
    after: &NewLead,
) -> Result<(), Error> {
    let of = |lead: &NewLead| ExternalId::of(grant.organization_id(), lead);
    let (before, after) = (of(before), of(after));
    if before == after {
        return Ok(());
    }
    if let Some(before) = before {
        intake::release_external_id(tx, &before).await?;
    }
    if let Some(after) = after
        && intake::claim_external_ids(tx, vec![(after, id)]).await?.is_empty()
    {
        return Err(Error::Conflict(Conflict::ExternalIdTaken));
    }
    Ok(())
}

/// The contacts that a lead gives up, and those that are new to it.
fn contacts(before: &NewLead, after: &NewLead) -> (Vec<ContactKey>, Vec<ContactKey>) {
    let all = |lead: &NewLead| ContactKey::all_of(lead).collect::<Vec<_>>();
    let (before, after) = (all(before), all(after));
    let without = |some: &[ContactKey], others: &[ContactKey]| {
        some.iter().filter(|key| !others.contains(key)).cloned().collect()
    };
    (without(&before, &after), without(&after, &before))
}

fn event(
    grant: &Grant<EditLeads>,
    id: LeadId,
    changes: Vec<FieldChange>,
    now: evenhand_domain::clock::Timestamp,
) -> Event {
    let fields: Vec<String> = changes.iter().map(|change| change.field.clone()).collect();
    let (personal, plain): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(FieldChange::is_personal);
    // The keys of custom fields are the organization's words, not the person's.
    let mut data = both(plain);
    if let Value::Object(data) = &mut data {
        data.insert("fields".to_owned(), fields.into());
    }
    let event = Event::by(grant.actor(), "lead.changed", id, now, data);
    if personal.is_empty() { event } else { event.with_details(both(personal)) }
}

fn both(changes: Vec<FieldChange>) -> Value {
    let (mut before, mut after) = (Map::new(), Map::new());
    for change in changes {
        before.insert(change.field.clone(), change.before);
        after.insert(change.field, change.after);
    }
    json!({"before": before, "after": after})
}
