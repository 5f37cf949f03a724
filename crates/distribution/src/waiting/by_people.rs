//! What people do with a lead that waits: have it dealt before its turn, or take it off the list.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::{IdSource, LeadId};
use evenhand_domain::lead::Assignment;
use evenhand_domain::permission::{Action, Grant};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ownership::HeldLead;
use evenhand_persistence::rotations::{self, Queueing, Rotation};
use evenhand_persistence::{Store, Tx, access, ownership, waiting};

use super::drain::settle;
use crate::deal::Dealing;
use crate::off_duty;
use crate::ownership::{By, Move, To, dealt, move_leads, write};

/// Deals a lead that waits for the rotation of a group or team now, before those ahead of it: the
/// next turn is its. Whether the caller may do this with that group or team is what `A` says.
/// Returns the decision.
///
/// # Errors
/// [`Error::NotFound`] for a group, a team or a lead that is not there or does not wait there,
/// [`Conflict::NobodyEligible`] with the reason; as [`access::regrant`]; unavailability.
pub async fn deal_now<A: Action + Default>(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<A>,
    of: RotationOwner,
    lead: LeadId,
) -> Result<Assignment, Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let Entry { mut rotation, lead, now } = find(&mut tx, grant, of, lead).await?;
    off_duty::look(&mut tx, [&mut rotation], now).await?;
    if let Some(reason) = rotation.state.standing(rotation.moment(now)).reason {
        return Err(Error::Conflict(Conflict::NobodyEligible(reason.into())));
    }
    let mut dealing = Dealing::begin(&tx, &[&rotation]).await?;
    let changes = vec![dealt(lead, dealing.deal_by(&mut rotation, lead.id, now), ids, now)];
    let by = By::from(grant.actor());
    write(&mut tx, grant.organization_id(), by, [&mut rotation], changes, dealing, now).await?;
    rotation.waiting.tried(true);
    settle(&mut tx, [&mut rotation], now).await?;
    let decided = waiting::latest(&tx, grant, lead.id).await?;
    tx.commit().await?;
    decided.ok_or_else(|| Error::internal("a lead was lost on its way"))
}

/// Takes a lead off the waiting list of a group's or team's rotation; it stays without an owner.
///
/// # Errors
/// As [`deal_now`], eligibility apart.
pub async fn take_off<A: Action + Default>(
    store: &Store,
    ids: &IdSource,
    grant: &Grant<A>,
    of: RotationOwner,
    lead: LeadId,
) -> Result<(), Error> {
    let mut tx = store.begin().await?;
    let grant = &access::regrant(&mut tx, grant).await?;
    let Entry { lead, .. } = find(&mut tx, grant, of, lead).await?;
    let moves = vec![Move { lead, to: To::OffTheList, source: None, note: None }];
    let by = By::from(grant.actor());
    move_leads(&mut tx, ids, grant.organization_id(), by, &mut [], moves).await?;
    Ok(tx.commit().await?)
}

/// A lead on a list, both locked.
struct Entry {
    rotation: Rotation,
    lead: HeldLead,
    now: Timestamp,
}

async fn find<A: Action>(
    tx: &mut Tx,
    grant: &Grant<A>,
    of: RotationOwner,
    lead: LeadId,
) -> Result<Entry, Error> {
    let organization_id = grant.organization_id();
    let wanted = [(organization_id, of)];
    let rotation = rotations::lock_by_owners(tx, &wanted, Queueing::Wait).await?.pop();
    let rotation = rotation.ok_or(Error::NotFound(match of {
        RotationOwner::Group(_) => "group",
        RotationOwner::Team(_) => "team",
    }))?;
    let held = ownership::lock_for_service(tx, organization_id, &[lead]).await?.pop();
    let lead = held.filter(|lead| lead.waits_for == Some(rotation.state.id));
    let lead = lead.ok_or(Error::NotFound("waiting lead"))?;
    Ok(Entry { rotation, lead, now: tx.now().await? })
}
