//! The write path itself: what becomes of locked leads, in one statement a table.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AssignmentId, IdSource, LeadId, OrganizationId, UserId};
use evenhand_domain::lead::{AssignmentSource, UnassignedReason};
use evenhand_domain::permission::{Actor, Credential};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::events::{self, Event, EventActor};
use evenhand_persistence::ownership::{self, Change, HeldLead, Place};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Error as StoreError, Tx};
use serde_json::json;

use crate::crash;
use crate::deal::Dealing;

/// Who moves leads, and by which credential.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// Who.
    pub actor: EventActor,
    /// With what.
    pub credential: Option<Credential>,
}

impl From<&Actor> for By {
    fn from(actor: &Actor) -> Self {
        Self { actor: (&actor.subject).into(), credential: Some(actor.stamp.credential) }
    }
}

/// Where a lead is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// To this user, who is active and locked against being deactivated.
    User(UserId),
    /// Back to this user, active and locked, and to where it rested.
    Back(UserId, Place),
    /// To whomever the rotation of this group or team, locked, deals it.
    Rotation(RotationOwner),
    /// To nobody.
    Nobody,
}

/// One lead's move.
#[derive(Debug, Clone)]
pub struct Move {
    /// The lead, locked.
    pub lead: HeldLead,
    /// Where to.
    pub to: To,
    /// What kind of act it is, where no rotation decides.
    pub source: Option<AssignmentSource>,
    /// What is said about it.
    pub note: Option<String>,
}

/// What became of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The lead.
    pub lead_id: LeadId,
    /// Its new assignment.
    pub assignment_id: AssignmentId,
    /// Who has it now.
    pub to: Option<UserId>,
}

/// Moves locked leads, each named once, in the order given. `rotations` holds the locked rotations
/// of the groups and teams that are dealt to; their states are the ones to go on with.
///
/// # Errors
/// When the database fails; one without a locked rotation is a fault of the caller, and
/// nothing is written.
pub async fn move_leads(
    tx: &mut Tx,
    ids: &IdSource,
    organization_id: OrganizationId,
    by: By,
    rotations: &mut [Rotation],
    moves: Vec<Move>,
) -> Result<Vec<Moved>, StoreError> {
    let now = tx.now().await?;
    let position: HashMap<RotationOwner, usize> = (rotations.iter().enumerate())
        .map(|(position, rotation)| (rotation.owner, position))
        .collect();
    let mut dealing = Dealing::begin(tx, &rotations.iter().collect::<Vec<_>>()).await?;
    let mut changes = Vec::with_capacity(moves.len());
    for moved in moves {
        let rotation = match moved.to {
            To::Rotation(owner) => position.get(&owner).and_then(|at| rotations.get_mut(*at)),
            To::User(_) | To::Back(..) | To::Nobody => None,
        };
        changes.push(change(moved, rotation, &mut dealing, ids, now)?);
    }
    ownership::store(tx, organization_id, by.actor, &changes, now).await?;
    let entries = dealing.into_entries();
    if !entries.is_empty() {
        rotations::save(tx, &*rotations, entries).await?;
    }
    let events = changes.iter().map(|change| event(organization_id, by, change, now)).collect();
    events::append(tx, events).await?;
    crash::point(crash::MOVED);
    Ok(changes
        .iter()
        .map(|change| Moved {
            lead_id: change.lead_id,
            assignment_id: change.assignment_id,
            to: change.to,
        })
        .collect())
}

fn change(
    moved: Move,
    rotation: Option<&mut Rotation>,
    dealing: &mut Dealing,
    ids: &IdSource,
    now: Timestamp,
) -> Result<Change, StoreError> {
    let Move { lead, to, source, note } = moved;
    let change = Change {
        lead_id: lead.id,
        assignment_id: ids.next(now),
        from: lead.owner_id,
        to: None,
        source,
        reason: None,
        dealt: None,
        place: None,
        note,
        at: now,
    };
    Ok(match (to, rotation) {
        (To::User(user), _) => Change { to: Some(user), ..change },
        (To::Back(user, place), _) => Change { to: Some(user), place: Some(place), ..change },
        (To::Rotation(_), Some(rotation)) => {
            let deal = dealing.deal(rotation, lead.id, now);
            Change {
                to: deal.owner,
                source: deal.owner.map(|_| AssignmentSource::Distribution),
                reason: deal.reason,
                place: Some(deal.place),
                dealt: Some(deal.dealt),
                at: deal.at,
                ..change
            }
        }
        (To::Rotation(owner), None) => {
            return Err(StoreError::Corrupt(format!("no locked rotation of {owner:?}")));
        }
        (To::Nobody, _) => Change { reason: Some(UnassignedReason::Released), ..change },
    })
}

fn event(organization_id: OrganizationId, by: By, change: &Change, now: Timestamp) -> Event {
    let dealt = change.dealt.as_ref();
    let kind = if change.to.is_some() { "lead.assigned" } else { "lead.released" };
    let data = json!({
        "assignment_id": change.assignment_id,
        "before": {"owner_id": change.from},
        "after": {"owner_id": change.to},
        "source": change.source.map(AssignmentSource::as_str),
        "reason": change.reason.map(UnassignedReason::as_str),
        "rotation_id": dealt.map(|dealt| dealt.rotation_id),
        "entry": dealt.map(|dealt| dealt.entry),
        "turn": dealt.and_then(|dealt| dealt.turn),
    });
    let event =
        Event::without_credential(organization_id, by.actor, kind, change.lead_id, now, data);
    let event = Event { credential: by.credential, ..event };
    match &change.note {
        Some(note) => event.with_details(json!({ "note": note })),
        None => event,
    }
}
