//! One lead given to somebody, or to nobody, by whoever may.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId, UserId};
use evenhand_domain::lead::AssignmentSource;
use evenhand_domain::permission::{AssignLeads, Grant};
use evenhand_persistence::leads::MovedLead;
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::{Store, access, intake, leads, ownership};

use super::recipient::{check_active, check_giving};
use super::{Move, To, WaitedFor, move_leads};

/// Whom a lead is to be given to.
#[derive(Debug, Clone)]
pub struct HandOver {
    /// The lead.
    pub lead_id: LeadId,
    /// Who gets it; `None` = nobody: it is released.
    pub to: Option<UserId>,
    /// What is said about it.
    pub note: Option<String>,
    /// Whose it must be; `Some(None)` = nobody's.
    pub expected_owner: Option<Option<UserId>>,
    /// The version it must have.
    pub expected_version: Option<i64>,
}

/// Gives a lead to a user, or to nobody; nothing changes where it is theirs already. No rotation
/// takes notice of it. Returns the lead as it is then.
///
/// # Errors
/// [`Error::NotFound`] for a lead that the caller does not see, [`Error::Denied`] for one that they
/// may only look at or for somebody they may not give it to, [`Error::PreconditionFailed`],
/// [`Conflict::LeadArchived`], [`Conflict::OwnerChanged`], [`Error::Invalid`] for somebody who is not an active user;
/// unavailability.
pub async fn hand_over(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    request: HandOver,
) -> Result<MovedLead, Error> {
    loop {
        if let Some(lead) = attempt(store, ids, grant, request.clone()).await? {
            return Ok(lead);
        }
    }
}

/// `None` when the lead has come to wait for another rotation than the one that was locked.
async fn attempt(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    request: HandOver,
) -> Result<Option<MovedLead>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let organization_id = grant.organization_id();
    let mut waited_for = WaitedFor::lock(&mut tx, organization_id, &[request.lead_id]).await?;
    let to: Vec<_> = request.to.iter().map(|user| (organization_id, *user)).collect();
    let users = intake::lock_users(&mut tx, &to).await?;
    let held = ownership::lock(&mut tx, grant, &[request.lead_id]).await?;
    let lead = held.into_iter().next().ok_or(Error::NotFound("lead"))?;
    check(grant, &lead, &request)?;
    if !waited_for.covers(&lead) {
        return Ok(None);
    }
    if let Some(user) = request.to {
        check_active(&users, organization_id, user, "/user_id")?;
    }
    let HandOver { lead_id, to, note, .. } = request;
    // Released, a lead that waits is nobody's for good.
    if lead.owner_id != to || (to.is_none() && lead.waits_for.is_some()) {
        let source = match (to, lead.owner_id) {
            (None, _) => None,
            (Some(_), None) => Some(AssignmentSource::Manual),
            (Some(_), Some(_)) => Some(AssignmentSource::Transfer),
        };
        let to = to.map_or(To::Nobody, To::User);
        let moves = vec![Move { lead, to, source, note }];
        let by = grant.actor().into();
        move_leads(&mut tx, ids, organization_id, by, &mut [], moves).await?;
        waited_for.left(&mut tx).await?;
    }
    let lead = leads::handed_over(&tx, grant, lead_id).await?;
    tx.commit().await?;
    lead.map(Some).ok_or_else(|| Error::internal("a lead was lost on its way"))
}

fn check(grant: &Grant<AssignLeads>, lead: &HeldLead, request: &HandOver) -> Result<(), Error> {
    check_giving(grant, lead, request.to)?;
    if request.expected_version.is_some_and(|expected| expected != lead.version) {
        return Err(Error::PreconditionFailed);
    }
    lead.check_not_archived()?;
    match request.expected_owner {
        Some(expected) if expected != lead.owner_id => {
            Err(Error::Conflict(Conflict::OwnerChanged(lead.owner_id)))
        }
        _ => Ok(()),
    }
}
