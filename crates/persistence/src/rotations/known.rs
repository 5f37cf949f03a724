//! The members of rotations as a process left them.
//!
//! Whatever influences a rotation's next decision is written together with an entry of its ledger:
//! what is stored of the members is what the ledger leads to, which is what verifying it proves
//! (`ledgers::state`). The hash of the last entry names the whole ledger. So a rotation that is
//! locked, and whose head is the one that this process left, has the members that it left, and they
//! need not be read; whoever else dealt by it or changed it meanwhile has left another head.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::{Hash, Member};

use super::Rotation;

/// The most members that are kept, some megabytes. Beyond that all are forgotten.
const MOST: usize = 20_000;

/// Members of rotations at the heads that they belong to.
#[derive(Debug, Default)]
pub struct KnownMembers(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    of: HashMap<(OrganizationId, RotationId), (Hash, Vec<Member>)>,
    count: usize,
}

impl KnownMembers {
    /// Keeps the members of these rotations as they are stored, once the transaction that had them
    /// locked is committed.
    pub fn keep(&self, rotations: impl IntoIterator<Item = Rotation>) {
        let mut known = self.known();
        for rotation in rotations {
            known.forget(rotation.key());
            if known.count + rotation.stored.len() > MOST {
                *known = Known::default();
            }
            if rotation.stored.len() <= MOST {
                known.count += rotation.stored.len();
                known.of.insert(rotation.key(), (rotation.state.head, rotation.stored));
            }
        }
    }

    /// Takes out the members of a rotation that has this head.
    pub(super) fn take(
        &self,
        rotation: (OrganizationId, RotationId),
        head: &[u8],
    ) -> Option<Vec<Member>> {
        let (of, members) = self.known().forget(rotation)?;
        (of.bytes() == head).then_some(members)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What a panic left behind is whole: the head says whether it holds.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn forget(&mut self, rotation: (OrganizationId, RotationId)) -> Option<(Hash, Vec<Member>)> {
        let known = self.of.remove(&rotation)?;
        self.count -= known.1.len();
        Some(known)
    }
}

#[cfg(test)]
mod tests {
    use evenhand_domain::calendar::{LocalDay, Zone};
    use evenhand_domain::clock::Timestamp;
    use evenhand_domain::ids::GroupId;
    use evenhand_domain::rotation::{
        Limits, MemberSettings, Method, Moment, Policy, RotationState,
    };
    use evenhand_domain::rotation_owner::RotationOwner;
    use uuid::Uuid;

    use super::*;

    /// A rotation as it was left with so many members.
    fn left(id: u128, members: usize) -> Rotation {
        let (organization, id) = (Uuid::from_u128(1).into(), Uuid::from_u128(id).into());
        let moment = Moment { at: Timestamp::from_micros(0), local_day: LocalDay::from_number(1) };
        let policy = Policy { method: Method::Sequential, respects_availability: false };
        let (state, _) = RotationState::create(
            organization,
            id,
            policy,
            Limits::default(),
            "Etc/UTC",
            [7; 32],
            moment,
        );
        let owner = RotationOwner::Group(GroupId::from_uuid(Uuid::from_u128(3)));
        let zone: Zone = "Etc/UTC".parse().unwrap();
        let user = Uuid::from_u128(9).into();
        let mut rotation = Rotation::new(state, owner, zone);
        rotation.stored = vec![Member::new(user, MemberSettings::default(), None); members];
        rotation
    }

    fn kept(known: &KnownMembers) -> (usize, usize) {
        let known = known.known();
        (known.of.len(), known.count)
    }

    #[test]
    fn members_are_known_at_the_head_that_they_were_left_at_and_no_other() {
        let known = KnownMembers::default();
        let (rotation, head) = (left(1, 2), left(1, 2).state.head);
        let key = rotation.key();
        known.keep([rotation, left(2, 3)]);
        assert_eq!(known.take(key, head.bytes()), Some(left(1, 2).stored));
        assert_eq!(known.take(key, head.bytes()), None, "they are taken once");
        known.keep([left(1, 2)]);
        assert_eq!(known.take(key, Hash::ZERO.bytes()), None, "somebody else left another head");
        assert_eq!(kept(&known), (1, 3), "and what does not hold is forgotten");
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let known = KnownMembers::default();
        known.keep([left(1, MOST - 1), left(2, 1)]);
        assert_eq!(kept(&known), (2, MOST));
        known.keep([left(1, MOST - 1)]);
        assert_eq!(kept(&known), (2, MOST), "each counts once");
        known.keep([left(3, 1)]);
        assert_eq!(kept(&known), (1, 1));
        known.keep([left(4, MOST + 1)]);
        assert_eq!(kept(&known), (0, 0), "nor one that is too large alone");
    }
}
