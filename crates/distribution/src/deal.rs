//! Dealing by rotations that are locked, new leads and others alike.

use std::collections::{HashMap, HashSet};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::lead::{Dealt, UnassignedReason};
use evenhand_persistence::ownership::Place;
use evenhand_persistence::rotations::{Changes, Rotation, RotationEntry};

/// What a transaction has dealt so far, to be written with the leads.
#[derive(Debug, Default)]
pub(crate) struct Dealing {
    entries: Vec<RotationEntry>,
    dealt_to: HashMap<(OrganizationId, RotationId), HashSet<UserId>>,
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
    /// Deals one lead.
    pub(crate) fn deal(&mut self, rotation: &mut Rotation, lead: LeadId, now: Timestamp) -> Deal {
        let moment = rotation.moment(now);
        let (organization_id, rotation_id) = rotation.key();
        let decision = rotation.state.deal(lead, moment);
        if let Some(user) = decision.chosen {
            self.dealt_to.entry((organization_id, rotation_id)).or_default().insert(user);
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
            reason: decision.reason.map(UnassignedReason::from),
            place: Place {
                group_id: rotation.owner.group_id(),
                team_id: rotation.owner.team_id(),
                rotation_id: Some(rotation_id),
            },
            dealt,
            at,
        }
    }

    /// What is to be written of it; `rotations` are those that dealt, others may be among them.
    pub(crate) fn into_changes<'a>(
        mut self,
        rotations: impl IntoIterator<Item = &'a Rotation>,
    ) -> Changes {
        let mut changes = Changes { entries: self.entries, counts: Vec::new() };
        for rotation in rotations {
            let (organization_id, rotation_id) = rotation.key();
            for user in self.dealt_to.remove(&rotation.key()).into_iter().flatten() {
                let count = rotation.state.member(user).and_then(|member| member.count);
                let counted = count.map(|count| (organization_id, rotation_id, user, count));
                changes.counts.extend(counted);
            }
        }
        changes
    }
}
