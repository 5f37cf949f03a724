//! A bulk assignment taken back as a whole.

use std::collections::HashMap;

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{BulkAssignmentId, IdSource, LeadId};
use evenhand_domain::lead::AssignmentSource;
use evenhand_domain::permission::{AssignLeads, Grant};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::bulk_assignments::{self, BulkLead};
use evenhand_persistence::intake::Users;
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::{Store, access, intake, ownership};

use super::bulk::{Bulk, BulkDone, BulkFault, told};
use super::{Move, To, WaitedFor, move_leads};

/// Gives every lead that a bulk assignment moved, and that nobody has decided on since, back to whose
/// it was and to where it rested. Turns that were dealt stay dealt.
///
/// # Errors
/// [`Error::NotFound`] for one that the caller did not make and may not see either;
/// [`Conflict::NothingToUndo`] for one that was taken back before;
/// unavailability.
pub async fn undo_bulk(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    id: BulkAssignmentId,
) -> Result<Bulk, Error> {
    loop {
        if let Some(bulk) = attempt(store, ids, grant, id).await? {
            return Ok(bulk);
        }
    }
}

/// `None` when a lead has come to wait for another rotation than those that were locked.
async fn attempt(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<AssignLeads>,
    id: BulkAssignmentId,
) -> Result<Option<Bulk>, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let organization_id = grant.organization_id();
    let was_undone = bulk_assignments::lock(&mut tx, grant, id).await?;
    if was_undone.ok_or(Error::NotFound("bulk assignment"))? {
        return Err(Error::Conflict(Conflict::NothingToUndo));
    }
    let leads = bulk_assignments::leads(&tx, grant, id).await?;
    let lead_ids: Vec<LeadId> = leads.iter().map(|lead| lead.lead_id).collect();
    let mut waited_for = WaitedFor::lock(&mut tx, organization_id, &lead_ids).await?;
    let owners: Vec<_> =
        leads.iter().filter_map(|lead| Some((organization_id, lead.owner?))).collect();
    let users = intake::lock_users(&mut tx, &owners).await?;
    let held = ownership::lock_for_service(&mut tx, organization_id, &lead_ids).await?;
    if !held.iter().all(|lead| waited_for.covers(lead)) {
        return Ok(None);
    }
    let held: HashMap<LeadId, HeldLead> = held.into_iter().map(|lead| (lead.id, lead)).collect();
    let mut results = Vec::new();
    let mut moves = Vec::new();
    for lead in &leads {
        let judged = judge(grant, lead, held.get(&lead.lead_id), &users);
        if let Ok(moved) = &judged {
            moves.push(moved.clone());
        }
        results.push((lead.lead_id, judged.map(|_| BulkDone::Unchanged)));
    }
    let by = grant.actor().into();
    let moved = move_leads(&mut tx, ids, organization_id, by, &mut [], moves).await?;
    waited_for.left(&mut tx).await?;
    let now = tx.now().await?;
    bulk_assignments::set_undone(&mut tx, organization_id, id, now).await?;
    told(&tx, organization_id, &mut results, &moved).await?;
    tx.commit().await?;
    Ok(Some(Bulk { id: Some(id), results }))
}

fn judge(
    grant: &Grant<AssignLeads>,
    before: &BulkLead,
    held: Option<&HeldLead>,
    users: &Users,
) -> Result<Move, BulkFault> {
    let lead = *held.ok_or(BulkFault::NotFound)?;
    if lead.assignment_id != before.assignment_id {
        return Err(BulkFault::Changed);
    }
    if lead.archived {
        return Err(BulkFault::Archived);
    }
    if let Some(owner) = before.owner {
        let found = users.get(&(grant.organization_id(), owner));
        if found.is_none_or(|(_, status)| *status != UserStatus::Active) {
            return Err(BulkFault::OwnerInactive);
        }
    }
    let source = match (before.owner, lead.owner_id) {
        (None, _) => None,
        (Some(_), None) => Some(AssignmentSource::Manual),
        (Some(_), Some(_)) => Some(AssignmentSource::Transfer),
    };
    Ok(Move { lead, to: To::Back(before.owner, before.place), source, note: None })
}
