//! Dealing by rotations that are locked, new leads and others alike.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, UserId};
use evenhand_domain::lead::{Dealt, UnassignedReason};
use evenhand_domain::rotation::Undealt;
use evenhand_persistence::ownership::Place;
use evenhand_persistence::rotations::{Rotation, RotationEntry};
use evenhand_persistence::{Error as StoreError, Tx};

use crate::open_leads::{self, OpenLeads};

/// What a transaction has dealt so far, to be written with the leads.
#[derive(Debug)]
pub(crate) struct Dealing {
    entries: Vec<RotationEntry>,
    open_leads: OpenLeads,
}

/// Who got a lead by a rotation, or why nobody.
#[derive(Debug)]
pub(crate) struct Deal {
    pub(crate) owner: Option<UserId>,
    pub(crate) reason: Option<UnassignedReason>,
    pub(crate) place: Place,
    pub(crate) dealt: Dealt,
    /// The rotation's time, which may be ahead of the transaction's.
    pub(crate) at: Timestamp,
}

impl Dealing {
    /// Reads what the rotations, locked, choose by besides their own state.
    pub(crate) async fn begin(tx: &mut Tx, rotations: &[&Rotation]) -> Result<Self, StoreError> {
        let members = open_leads::members(rotations.iter().copied());
        let open_leads = OpenLeads::read(tx, members).await?;
        Ok(Self { entries: Vec::new(), open_leads })
    }

    /// Deals one lead.
    pub(crate) fn deal(&mut self, rotation: &mut Rotation, lead: LeadId, now: Timestamp) -> Deal {
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
        Deal {
            owner: decision.chosen,
            reason: decision.reason.map(unassigned),
            place: Place {
                group_id: rotation.owner.group_id(),
                team_id: rotation.owner.team_id(),
                rotation_id: Some(rotation_id),
            },
            dealt,
            at,
        }
    }

    /// The ledger entries that it made, to be written with the rotations.
    pub(crate) fn into_entries(self) -> Vec<RotationEntry> {
        self.entries
    }
}

fn unassigned(reason: Undealt) -> UnassignedReason {
    match reason {
        Undealt::NoMembers => UnassignedReason::NoMembers,
        Undealt::AllMembersAtLimit => UnassignedReason::AllMembersAtLimit,
        Undealt::NobodyAvailable => UnassignedReason::NobodyAvailable,
        Undealt::RotationPaused => UnassignedReason::RotationPaused,
    }
}
