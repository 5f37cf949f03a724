//! The write path itself: what becomes of locked leads, in one statement a table.

use std::collections::BTreeSet;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AssignmentId, IdSource, LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::lead::{AssignmentSource, UnassignedReason, Waiting};
use evenhand_domain::permission::{Actor, Credential};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::events::{self, Event, EventActor};
use evenhand_persistence::ownership::{self, Change, HandoffNote, HeldLead, Place};
use evenhand_persistence::rotations::{self, Rotation};
use evenhand_persistence::{Error as StoreError, Tx, Writes};
use serde_json::json;

use super::collaborators::became_owners;
use crate::crash;
use crate::deal::{Dealing, Locked, Placed};
use crate::off_duty;
use crate::waiting::{look, settle};

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
    /// Back to this user, active and locked, or to nobody, and to where it rested.
    Back(Option<UserId>, Place),
    /// To whomever the rotation of this group or team, locked, deals it.
    Rotation(RotationOwner),
    /// To nobody.
    Nobody,
    /// To nobody: it waited, and was taken off the list.
    OffTheList,
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
    /// The rotation's turn that it was.
    pub turn: Option<u64>,
    /// Why nobody has it.
    pub reason: Option<UnassignedReason>,
    /// Whether it waits.
    pub waits: bool,
}

/// Moves locked leads, each named once, in the order given. `rotations` holds the locked rotations
/// of the groups and teams that are dealt to, and what they fall back to; their states are the ones to
/// go on with. Where leads wait for a rotation, others join them: they are dealt right after.
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
    off_duty::look(tx, rotations.iter_mut(), now).await?;
    look(tx, rotations).await?;
    let mut dealing = Dealing::begin(tx, &rotations.iter().collect::<Vec<_>>()).await?;
    let mut locked: Locked<'_> = (rotations.iter_mut())
        .map(|rotation| ((organization_id, rotation.owner), rotation))
        .collect();
    let mut changes = Vec::with_capacity(moves.len());
    let left: BTreeSet<RotationId> = moves.iter().filter_map(|it| it.lead.waits_for).collect();
    for moved in moves {
        changes.push(change(moved, organization_id, &mut locked, &mut dealing, ids, now)?);
    }
    let moved = changes.iter().map(|change| Moved {
        lead_id: change.lead_id,
        assignment_id: change.assignment_id,
        to: change.to,
        turn: change.dealt.as_ref().and_then(|dealt| dealt.turn),
        reason: change.reason,
        waits: change.waiting.is_some(),
    });
    let moved = moved.collect();
    write(tx, organization_id, by, rotations.iter_mut(), changes, dealing, now).await?;
    // Those that joined a lead which has left the list are due.
    for rotation in rotations.iter_mut().filter(|it| left.contains(&it.state.id)) {
        rotation.waiting.tried(true);
    }
    settle(tx, rotations, now).await?;
    Ok(moved)
}

/// Writes what became of locked leads, and what the locked rotations dealt of them.
pub(crate) async fn write<'a>(
    tx: &mut Tx,
    organization_id: OrganizationId,
    by: By,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    changes: Vec<Change>,
    dealing: Dealing,
    now: Timestamp,
) -> Result<(), StoreError> {
    let gone = ownership::store(tx, organization_id, by.actor, &changes, now).await?;
    let mut writes = Writes::of(tx);
    let entries = dealing.into_entries();
    if !entries.is_empty() {
        rotations::save_with(tx, &mut writes, rotations, entries);
    }
    let assigned = changes.iter().map(|change| event(organization_id, by, change, now));
    let mut events: Vec<Event> = assigned.collect();
    events.extend(became_owners(tx, organization_id, by, &gone, now).await?);
    events::append_with(tx, &mut writes, events).await?;
    writes.run(tx).await?;
    crash::point(crash::MOVED);
    Ok(())
}

/// Where a lead is to wait: where it waits already, it keeps its place before those that came later.
fn keeping_place(lead: &HeldLead, waiting: Waiting) -> Waiting {
    let position = lead.waits_at.filter(|_| lead.waits_for == Some(waiting.rotation_id));
    Waiting { position: position.unwrap_or(waiting.position), ..waiting }
}

/// What becomes of a lead that a rotation had to place.
pub(crate) fn dealt(lead: HeldLead, placed: Placed, ids: &IdSource, now: Timestamp) -> Change {
    Change {
        to: placed.owner,
        reason: placed.reason,
        dealt: placed.dealt,
        waiting: placed.waiting.map(|waiting| keeping_place(&lead, waiting)),
        passed_on: placed.passed_on,
        place: Some(placed.place),
        at: placed.at,
        ..plain(lead, placed.owner.map(|_| AssignmentSource::Distribution), ids, now)
    }
}

/// What becomes of a lead that waited with an earlier one of the same person, which this user has.
pub(crate) fn follows(lead: HeldLead, owner: UserId, ids: &IdSource, now: Timestamp) -> Change {
    Change { to: Some(owner), ..plain(lead, Some(AssignmentSource::Duplicate), ids, now) }
}

/// A change that gives the lead to nobody, and says nothing more.
fn plain(
    lead: HeldLead,
    source: Option<AssignmentSource>,
    ids: &IdSource,
    now: Timestamp,
) -> Change {
    Change {
        lead_id: lead.id,
        assignment_id: ids.next_after(lead.assignment_id.uuid(), now),
        from: lead.owner_id,
        to: None,
        source,
        reason: None,
        dealt: None,
        waiting: None,
        passed_on: Vec::new(),
        place: None,
        note: None,
        at: now,
    }
}

fn change(
    moved: Move,
    organization_id: OrganizationId,
    locked: &mut Locked<'_>,
    dealing: &mut Dealing,
    ids: &IdSource,
    now: Timestamp,
) -> Result<Change, StoreError> {
    let Move { lead, to, source, note } = moved;
    let plain = || plain(lead, source, ids, now);
    let change = match to {
        To::User(user) => Change { to: Some(user), ..plain() },
        To::Back(Some(user), place) => Change { to: Some(user), place: Some(place), ..plain() },
        To::Back(None, place) => {
            let reason = Some(UnassignedReason::Released);
            Change { reason, place: Some(place), ..plain() }
        }
        To::Rotation(owner) => {
            let placed = dealing.place(locked, (organization_id, owner), lead.id, now);
            let placed = placed
                .ok_or_else(|| StoreError::Corrupt(format!("no locked rotation of {owner:?}")))?;
            dealt(lead, placed, ids, now)
        }
        To::Nobody => Change { reason: Some(UnassignedReason::Released), ..plain() },
        To::OffTheList => {
            Change { reason: Some(UnassignedReason::RemovedFromWaitingList), ..plain() }
        }
    };
    let note = note.map(|body| HandoffNote { id: ids.next(now), body });
    Ok(Change { note, ..change })
}

fn event(organization_id: OrganizationId, by: By, change: &Change, now: Timestamp) -> Event {
    let dealt = change.dealt.as_ref();
    let kind = match (change.from, change.to, change.reason) {
        (_, Some(_), _) => "lead.assigned",
        (_, None, Some(UnassignedReason::RemovedFromWaitingList)) => {
            "lead.removed_from_waiting_list"
        }
        (Some(_), None, _) => "lead.released",
        (None, None, _) => "lead.left_unassigned",
    };
    let data = json!({
        "assignment_id": change.assignment_id,
        "before": {"owner_id": change.from},
        "after": {"owner_id": change.to},
        "source": change.source.map(AssignmentSource::as_str),
        "reason": change.reason.map(UnassignedReason::as_str),
        "rotation_id": dealt.map(|dealt| dealt.rotation_id),
        "entry": dealt.map(|dealt| dealt.entry),
        "turn": dealt.and_then(|dealt| dealt.turn),
        "waiting": change.waiting.is_some(),
        "note_id": change.note.as_ref().map(|note| note.id),
    });
    let event =
        Event::without_credential(organization_id, by.actor, kind, change.lead_id, now, data);
    let event = Event { credential: by.credential, ..event };
    match &change.note {
        Some(note) => event.with_details(json!({ "note": note.body })),
        None => event,
    }
}
