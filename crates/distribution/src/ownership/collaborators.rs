//! Users who work on leads besides their owners: added and removed under the locks of the leads, each
//! with a line of the log that says who is left.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::lead::{CollaboratorAdded, CollaboratorRemoved, MAX_COLLABORATORS};
use evenhand_domain::permission::{
    AssignLeads, AssignScope, Grant, ManageOrganization, RemoveCollaborators,
};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::leads::{MovedLead, OnLeads};
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::ownership::collaborators::{self, Collaborator};
use evenhand_persistence::{Error as StoreError, Store, Tx, access, intake, organizations};
use evenhand_persistence::{leads, ownership};
use serde_json::json;

use super::By;
use super::recipient::{check_active, check_giving};

/// Who is to work on which lead besides its owner, or no more.
#[derive(Debug, Clone, Copy)]
pub struct Collaboration {
    /// The lead.
    pub lead_id: LeadId,
    /// Who.
    pub user_id: UserId,
    /// The version it must have.
    pub expected_version: Option<i64>,
}

/// Has a user work on a lead besides its owner; nothing changes where they do already. Returns the
/// lead as it is then.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may not give away or for somebody they may not give it to, [`Error::PreconditionFailed`],
/// [`Conflict::LeadArchived`], [`Conflict::MultipleAssigneesNotAllowed`], [`Error::Invalid`] for
/// somebody who is not an active user, [`Conflict::AlreadyOwner`],
/// [`Conflict::TooManyCollaborators`]; unavailability.
pub async fn add_collaborator(
    store: &Store,
    grant: &Grant<AssignLeads>,
    request: Collaboration,
) -> Result<MovedLead, Error> {
    let Collaboration { lead_id, user_id, .. } = request;
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let organization_id = grant.organization_id();
    // Whoever switches the setting off waits for this, and removes whom it adds.
    let organization = organizations::keep(&mut tx, grant).await?;
    let users = intake::lock_users(&mut tx, &[(organization_id, user_id)]).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    check_giving(grant, &lead, Some(user_id))?;
    check(&lead, request)?;
    if !organization.allow_multiple_assignees {
        return Err(Error::Conflict(Conflict::MultipleAssigneesNotAllowed));
    }
    check_active(&users, organization_id, user_id, "/user_id")?;
    if lead.owner_id == Some(user_id) {
        return Err(Error::Conflict(Conflict::AlreadyOwner));
    }
    let there = collaborators::of(&tx, organization_id, &[lead_id]).await?;
    if there.iter().all(|it| it.user_id != user_id) {
        if there.len() >= MAX_COLLABORATORS {
            return Err(Error::Conflict(Conflict::TooManyCollaborators));
        }
        let new = Collaborator { lead_id, added_at: tx.now().await?, user_id };
        let (by, how) = (grant.actor().into(), CollaboratorAdded::Added);
        add(&mut tx, organization_id, by, there, &[new], how).await?;
    }
    told(tx, grant, lead_id).await
}

/// Takes a user off a lead who works on it besides its owner; nothing changes where they do not.
/// Everybody may leave themselves. Returns the lead as it is then.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may not give away, [`Error::PreconditionFailed`], [`Conflict::LeadArchived`]; unavailability.
pub async fn remove_collaborator(
    store: &Store,
    grant: &Grant<RemoveCollaborators>,
    request: Collaboration,
) -> Result<MovedLead, Error> {
    let Collaboration { lead_id, user_id, .. } = request;
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let lead = locked(&mut tx, grant, lead_id).await?;
    let leaves = grant.user_id() == Some(user_id);
    if !leaves {
        check_giving(grant, &lead, None)?;
    }
    check(&lead, request)?;
    let why = if leaves { CollaboratorRemoved::Left } else { CollaboratorRemoved::Removed };
    let (organization_id, by) = (grant.organization_id(), grant.actor().into());
    remove_collaborators(&mut tx, organization_id, by, &[lead_id], Some(user_id), why).await?;
    told(tx, grant, lead_id).await
}

/// Leads locked by one statement.
const AT_ONCE: usize = 1_000;

/// Takes every collaborator off every lead of the organization, which is locked so that none is
/// added; how many those were.
///
/// # Errors
/// When the database fails.
pub async fn remove_all_collaborators(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
) -> Result<u64, StoreError> {
    let (organization_id, by) = (grant.organization_id(), grant.actor().into());
    let (mut removed, mut after) = (0, None);
    loop {
        // In the order in which everybody locks leads.
        let leads = collaborators::shared(tx, organization_id, after, AT_ONCE).await?;
        let Some(last) = leads.last() else { return Ok(removed) };
        after = Some(*last);
        ownership::lock_for_service(tx, organization_id, &leads).await?;
        let why = CollaboratorRemoved::SettingOff;
        removed += remove_collaborators(tx, organization_id, by, &leads, None, why).await?;
    }
}

/// Takes a user, or everybody, off locked leads that they work on besides the owners; how many that
/// were.
///
/// # Errors
/// When the database fails.
pub async fn remove_collaborators(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: By,
    leads: &[LeadId],
    user: Option<UserId>,
    why: CollaboratorRemoved,
) -> Result<u64, StoreError> {
    let now = tx.now().await?;
    let mut removed = 0;
    for leads in leads.chunks(AT_ONCE) {
        let there = collaborators::of(tx, organization_id, leads).await?;
        let leaves = |it: &&Collaborator| user.is_none_or(|user| it.user_id == user);
        let gone: Vec<Collaborator> = there.iter().filter(leaves).copied().collect();
        if gone.is_empty() {
            continue;
        }
        collaborators::remove(tx, organization_id, &gone).await?;
        collaborators::raise_leads(tx, organization_id, &leads_of(&gone), now).await?;
        let events = farewells((organization_id, by, now), there, &gone, why);
        events::append(tx, events).await?;
        removed += gone.len() as u64;
    }
    Ok(removed)
}

/// Has a user work again on locked leads that they worked on before, where they do not own them by
/// now and there is room; on how many.
///
/// # Errors
/// When the database fails.
pub async fn return_collaborator(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: By,
    held: &[HeldLead],
    back: &[Collaborator],
) -> Result<u64, StoreError> {
    let owners: HashMap<LeadId, Option<UserId>> =
        held.iter().map(|lead| (lead.id, lead.owner_id)).collect();
    let mut returned = 0;
    for back in back.chunks(AT_ONCE) {
        let leads: Vec<LeadId> = back.iter().map(|it| it.lead_id).collect();
        let there = collaborators::of(tx, organization_id, &leads).await?;
        let has_room = |it: &&Collaborator| {
            let is_other = owners.get(&it.lead_id).is_some_and(|owner| *owner != Some(it.user_id));
            let of_lead = || there.iter().filter(|other| other.lead_id == it.lead_id);
            is_other
                && of_lead().count() < MAX_COLLABORATORS
                && of_lead().all(|other| other.user_id != it.user_id)
        };
        let new: Vec<Collaborator> = back.iter().filter(has_room).copied().collect();
        let how = CollaboratorAdded::DeactivationUndone;
        add(tx, organization_id, by, there, &new, how).await?;
        returned += new.len() as u64;
    }
    Ok(returned)
}

/// What tells of collaborators who became owners: `gone` are removed already.
pub(super) async fn became_owners(
    tx: &Tx,
    organization_id: OrganizationId,
    by: By,
    gone: &[Collaborator],
    now: Timestamp,
) -> Result<Vec<Event>, StoreError> {
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut there = collaborators::of(tx, organization_id, &leads_of(gone)).await?;
    there.extend(gone);
    there.sort_unstable();
    let why = CollaboratorRemoved::BecameOwner;
    Ok(farewells((organization_id, by, now), there, gone, why))
}

async fn add(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: By,
    there: Vec<Collaborator>,
    new: &[Collaborator],
    how: CollaboratorAdded,
) -> Result<(), StoreError> {
    if new.is_empty() {
        return Ok(());
    }
    let now = tx.now().await?;
    collaborators::insert(tx, organization_id, new).await?;
    collaborators::raise_leads(tx, organization_id, &leads_of(new), now).await?;
    let mut there = by_lead(there);
    let events = new.iter().map(|it| {
        let of_lead = there.entry(it.lead_id).or_default();
        let before = users(of_lead);
        of_lead.push(*it);
        of_lead.sort_unstable();
        let (kind, why) = ("lead.collaborator_added", how.as_str());
        event((organization_id, by, now), kind, it, why, (&before, &users(of_lead)))
    });
    events::append(tx, events.collect()).await
}

/// One line for each of `gone`, who were among those `there`.
fn farewells(
    context: (OrganizationId, By, Timestamp),
    there: Vec<Collaborator>,
    gone: &[Collaborator],
    why: CollaboratorRemoved,
) -> Vec<Event> {
    let mut there = by_lead(there);
    let farewell = |it: &Collaborator| {
        let of_lead = there.entry(it.lead_id).or_default();
        let before = users(of_lead);
        of_lead.retain(|other| other.user_id != it.user_id);
        let kind = "lead.collaborator_removed";
        event(context, kind, it, why.as_str(), (&before, &users(of_lead)))
    };
    gone.iter().map(farewell).collect()
}

fn event(
    (organization_id, by, now): (OrganizationId, By, Timestamp),
    kind: &'static str,
    of: &Collaborator,
    why: &str,
    (before, after): (&[UserId], &[UserId]),
) -> Event {
    let data = json!({
        "user_id": of.user_id,
        "reason": why,
        "before": {"collaborator_ids": before},
        "after": {"collaborator_ids": after},
    });
    let event = Event::without_credential(organization_id, by.actor, kind, of.lead_id, now, data);
    Event { credential: by.credential, ..event }
}

fn by_lead(all: Vec<Collaborator>) -> HashMap<LeadId, Vec<Collaborator>> {
    let mut by_lead: HashMap<LeadId, Vec<Collaborator>> = HashMap::new();
    for it in all {
        by_lead.entry(it.lead_id).or_default().push(it);
    }
    by_lead
}

fn users(of_lead: &[Collaborator]) -> Vec<UserId> {
    of_lead.iter().map(|it| it.user_id).collect()
}

fn leads_of(all: &[Collaborator]) -> Vec<LeadId> {
    let mut leads: Vec<LeadId> = all.iter().map(|it| it.lead_id).collect();
    leads.sort_unstable();
    leads.dedup();
    leads
}

async fn locked<A: OnLeads>(
    tx: &mut Tx,
    grant: &Grant<A>,
    lead_id: LeadId,
) -> Result<HeldLead, Error> {
    let held = ownership::lock(tx, grant, &[lead_id]).await?;
    held.into_iter().next().ok_or(Error::NotFound("lead"))
}

fn check(lead: &HeldLead, request: Collaboration) -> Result<(), Error> {
    if request.expected_version.is_some_and(|expected| expected != lead.version) {
        return Err(Error::PreconditionFailed);
    }
    lead.check_not_archived()
}

async fn told<A: OnLeads<Scope = AssignScope>>(
    tx: Tx,
    grant: &Grant<A>,
    lead_id: LeadId,
) -> Result<MovedLead, Error> {
    let lead = leads::handed_over(&tx, grant, lead_id).await?;
    tx.commit().await?;
    lead.ok_or_else(|| Error::internal("a lead was lost on its way"))
}
