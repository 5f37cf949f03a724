//! Dealing by rotations that are locked, new leads and others alike.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, UserId};
use evenhand_domain::lead::{Dealt, PassedOn, UnassignedReason, Waiting};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use evenhand_persistence::ownership::Place;
use evenhand_persistence::rotations::{Rotation, RotationEntry};
use evenhand_persistence::{Error as StoreError, Read};

use crate::open_leads::{self, OpenLeads};

/// Rotations under lock, by whose they are: those that are dealt by, and whatever these fall back to.
pub(crate) type Locked<'a> = HashMap<(OrganizationId, RotationOwner), &'a mut Rotation>;

/// What a transaction has dealt so far, to be written with the leads.
#[derive(Debug)]
pub(crate) struct Dealing {
    entries: Vec<RotationEntry>,
    open_leads: OpenLeads,
}

/// What became of a lead that was given to a rotation.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Who got it.
    pub(crate) owner: Option<UserId>,
    /// Why nobody did.
    pub(crate) reason: Option<UnassignedReason>,
    /// Where it waits for somebody.
    pub(crate) waiting: Option<Waiting>,
    /// The group or team that it came to rest at.
    pub(crate) place: Place,
    /// The decision that stands, where a rotation made it.
    pub(crate) dealt: Option<Dealt>,
    /// The decisions before that one.
    pub(crate) passed_on: Vec<PassedOn>,
    /// The time of the rotation that it rests at, which may be ahead of the transaction's.
    pub(crate) at: Timestamp,
}

impl Placed {
    /// What no rotation had to do with.
    pub(crate) fn unplaced(
        owner: Option<UserId>,
        reason: Option<UnassignedReason>,
        at: Timestamp,
    ) -> Self {
        Self {
            owner,
            reason,
            waiting: None,
            place: Place::default(),
            dealt: None,
            passed_on: Vec::new(),
            at,
        }
    }

    /// Whose rotation it waits for.
    pub(crate) fn waits_for(&self) -> Option<RotationOwner> {
        self.waiting?;
        let Place { group_id, team_id, .. } = self.place;
        group_id.map(RotationOwner::Group).or_else(|| team_id.map(RotationOwner::Team))
    }
}

/// What one rotation decided.
struct Decided {
    owner: Option<UserId>,
    reason: Option<UnassignedReason>,
    dealt: Dealt,
    at: Timestamp,
}

impl Dealing {
    /// Reads what the rotations choose by besides their own state. They are locked, or all of it is
    /// read from one snapshot.
    pub(crate) async fn begin(db: &impl Read, rotations: &[&Rotation]) -> Result<Self, StoreError> {
        let members = open_leads::members(rotations.iter().copied());
        let open_leads = OpenLeads::read(db, members).await?;
        Ok(Self { entries: Vec::new(), open_leads })
    }

    /// Deals a lead by the rotation of this group or team, and does with it what the rotation does
    /// when nobody is eligible. `None` when the rotation is not locked.
    ///
    /// No lead overtakes those that wait for the same rotation, which have been dealt before as far
    /// as may be: behind them it waits without the rotation being asked, whatever it does otherwise.
    pub(crate) fn place(
        &mut self,
        locked: &mut Locked<'_>,
        to: (OrganizationId, RotationOwner),
        lead: LeadId,
        now: Timestamp,
    ) -> Option<Placed> {
        let mut passed_on: Vec<PassedOn> = Vec::new();
        let mut next = to;
        loop {
            let rotation = locked.get_mut(&next)?;
            if rotation.waiting.has_leads {
                return Some(waits_behind(rotation, passed_on, now));
            }
            let decided = self.deal(rotation, lead, now);
            let Some(reason) = decided.reason else {
                return Some(rests(rotation, decided, passed_on));
            };
            match rotation.when_nobody_eligible {
                WhenNobodyEligible::Wait => {
                    let Decided { dealt, at, .. } = decided;
                    return Some(waits(rotation, reason, Some(dealt), passed_on, at));
                }
                WhenNobodyEligible::Fallback(Fallback::User(user))
                    if rotation.fallback_is_active =>
                {
                    let Decided { dealt, at, .. } = decided;
                    passed_on.push(PassedOn { dealt, reason, at });
                    self.open_leads.dealt(next.0, user);
                    return Some(Placed {
                        owner: Some(user),
                        reason: None,
                        waiting: None,
                        place: place(rotation),
                        dealt: None,
                        passed_on,
                        at,
                    });
                }
                WhenNobodyEligible::Fallback(Fallback::Rotation(owner)) => {
                    let organization_id = next.0;
                    let fallback = (organization_id, owner);
                    let was_asked = |rotation: &Rotation| {
                        let id = rotation.state.id;
                        passed_on.iter().any(|step| step.dealt.rotation_id == id)
                    };
                    let is_there = fallback != next
                        && locked.get(&fallback).is_some_and(|rotation| !was_asked(rotation));
                    if !is_there {
                        let rotation = locked.get(&next)?;
                        return Some(rests(rotation, decided, passed_on));
                    }
                    let Decided { dealt, at, .. } = decided;
                    passed_on.push(PassedOn { dealt, reason, at });
                    next = fallback;
                }
                WhenNobodyEligible::Fallback(Fallback::User(_))
                | WhenNobodyEligible::LeaveUnassigned => {
                    return Some(rests(rotation, decided, passed_on));
                }
            }
        }
    }

    /// Deals a lead by one rotation alone, as it is for who waits for it.
    pub(crate) fn deal_by(
        &mut self,
        rotation: &mut Rotation,
        lead: LeadId,
        now: Timestamp,
    ) -> Placed {
        let decided = self.deal(rotation, lead, now);
        rests(rotation, decided, Vec::new())
    }

    /// Somebody gets a lead that no rotation deals: it is one of their open leads.
    pub(crate) fn given(&mut self, organization_id: OrganizationId, user: UserId) {
        self.open_leads.dealt(organization_id, user);
    }

    fn deal(&mut self, rotation: &mut Rotation, lead: LeadId, now: Timestamp) -> Decided {
        let moment = rotation.moment(now);
        let (organization_id, rotation_id) = rotation.key();
        if let Some(entry) = self.open_leads.observe(rotation, now) {
            self.entries.push(RotationEntry { organization_id, rotation_id, entry });
        }
        let decision = rotation.state.deal(lead, moment);
        if let Some(user) = decision.chosen {
            self.open_leads.dealt(organization_id, user);
        }
        let dealt = Dealt {
            rotation_id,
            entry: decision.entry.entry,
            turn: decision.turn,
            hash: decision.entry.hash,
        };
        let at = decision.entry.at;
        self.entries.push(RotationEntry { organization_id, rotation_id, entry: decision.entry });
        Decided {
            owner: decision.chosen,
            reason: decision.reason.map(UnassignedReason::from),
            dealt,
            at,
        }
    }

    /// Forgets the ledger entries that it made: for a dry run.
    pub(crate) fn forget_entries(&mut self) {
        self.entries.clear();
    }

    /// The ledger entries that it made, to be written with the rotations.
    pub(crate) fn into_entries(self) -> Vec<RotationEntry> {
        self.entries
    }
}

/// Dealt to somebody, or left without an owner.
fn rests(rotation: &Rotation, decided: Decided, passed_on: Vec<PassedOn>) -> Placed {
    let Decided { owner, reason, dealt, at } = decided;
    let place = place(rotation);
    Placed { owner, reason, waiting: None, place, dealt: Some(dealt), passed_on, at }
}

/// Behind those that wait for a rotation, which is not asked.
pub(crate) fn waits_behind(
    rotation: &mut Rotation,
    passed_on: Vec<PassedOn>,
    now: Timestamp,
) -> Placed {
    let at = rotation.moment(now).at.max(rotation.state.last_at);
    waits(rotation, UnassignedReason::OthersWaiting, None, passed_on, at)
}

/// At the end of the rotation's waiting list.
fn waits(
    rotation: &mut Rotation,
    reason: UnassignedReason,
    dealt: Option<Dealt>,
    passed_on: Vec<PassedOn>,
    at: Timestamp,
) -> Placed {
    let position = rotation.waiting.append();
    let waiting = Waiting { rotation_id: rotation.state.id, position, next_attempt_at: None };
    let place = place(rotation);
    Placed {
        owner: None,
        reason: Some(reason),
        waiting: Some(waiting),
        place,
        dealt,
        passed_on,
        at,
    }
}

fn place(rotation: &Rotation) -> Place {
    Place {
        group_id: rotation.owner.group_id(),
        team_id: rotation.owner.team_id(),
        rotation_id: Some(rotation.state.id),
    }
}
