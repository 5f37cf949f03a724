//! What a rotation is at a moment between two ledger entries.

use super::bytes::Content;
use super::hash::Hash;
use super::ledger::LedgerEntry;
use super::member::{FIRST_DAY, LAST_DAY, Limits, Member, Moment, Pause, Period};
use super::policy::Policy;
use crate::calendar::LocalDay;
use crate::clock::Timestamp;
use crate::ids::{OrganizationId, RotationId, UserId};

/// Everything that can influence the next decision of a rotation.
///
/// Storage reads it, and writes it back, under the rotation's lock. The fields hold together:
/// `cursor` is one of `members`, or `None` when there are none; no user is a member twice;
/// `head` is the hash of entry `entry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotationState {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The rotation.
    pub id: RotationId,
    /// How it deals.
    pub policy: Policy,
    /// The unpredictable bytes that chance is drawn from.
    pub seed: [u8; 32],
    /// Its own pause: while it holds nobody is dealt to.
    pub pause: Pause,
    /// What holds for members without limits of their own.
    pub limits: Limits,
    /// The IANA name of the time zone whose days the limits count.
    pub zone: String,
    /// The members in turn order.
    pub members: Vec<Member>,
    /// The member whose turn is next.
    pub cursor: Option<UserId>,
    /// The number of the last ledger entry, from 1.
    pub entry: u64,
    /// The number of the last turn; 0 before the first delivery.
    pub turn: u64,
    /// The hash of the last ledger entry.
    pub head: Hash,
    /// The instant of the last ledger entry. No later entry has an earlier one.
    pub last_at: Timestamp,
    /// The local day of the last ledger entry. No later entry has an earlier one.
    pub local_day: LocalDay,
    /// Not part of the state: `CursorHint::default()` will do.
    pub cursor_hint: CursorHint,
}

/// Where the cursor's member probably stands in the order, so that a state kept in memory deals
/// to 500 members as quickly as to four. Verified on use, so it is never wrong, only useless.
#[derive(Debug, Clone, Copy, Default)]
pub struct CursorHint(pub(super) usize);

/// All hints are equal: two states that differ only in it are the same state.
impl PartialEq for CursorHint {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for CursorHint {}

impl RotationState {
    /// A rotation without members, and entry 1 of its ledger. `zone` is an IANA name (of which
    /// at most 255 bytes are kept; the longest in use has some 30). `seed` is 32 unpredictable
    /// bytes, recorded for methods that need chance.
    #[must_use]
    pub fn create(
        organization_id: OrganizationId,
        id: RotationId,
        policy: Policy,
        limits: Limits,
        zone: &str,
        seed: [u8; 32],
        moment: Moment,
    ) -> (Self, LedgerEntry) {
        let zone = zone_name(zone);
        let now = in_calendar(moment);
        let mut state = Self {
            organization_id,
            id,
            policy,
            seed,
            pause: Pause::No,
            limits,
            zone: zone.to_owned(),
            members: Vec::new(),
            cursor: None,
            entry: 0,
            turn: 0,
            head: Hash::ZERO,
            last_at: now.at,
            local_day: now.local_day,
            cursor_hint: CursorHint::default(),
        };
        let created =
            Content::Created { organization_id, policy, limits, seed, zone: zone.to_owned() };
        let entry = state.record(&created, now);
        (state, entry)
    }

    /// The member with this id.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user)
    }

    /// Drops the counts of which nothing matters any more. Storage may keep them or not: that is
    /// no difference between two states, and this takes it away before they are compared or made
    /// into a checkpoint.
    pub fn forget_lapsed_counts(&mut self) {
        let period = Period::of(self.local_day.clamp(FIRST_DAY, LAST_DAY));
        for member in &mut self.members {
            member.count = period.live(member.count);
        }
    }

    /// `moment`, or the last entry's where that is later: time never runs backwards for a
    /// rotation, whatever a clock or a changed time zone does. Instant and day are held apart:
    /// a zone further west may turn the day back and not the instant.
    pub(super) fn present(&self, moment: Moment) -> Moment {
        in_calendar(Moment {
            at: moment.at.max(self.last_at),
            local_day: moment.local_day.max(self.local_day),
        })
    }

    /// Where the cursor's member stands in the order; 0 when there is none.
    pub(super) fn cursor_position(&self) -> usize {
        let hinted = self.members.get(self.cursor_hint.0);
        if hinted.map(|member| member.user_id) == self.cursor {
            return self.cursor_hint.0;
        }
        self.members.iter().position(|member| Some(member.user_id) == self.cursor).unwrap_or(0)
    }
}

fn in_calendar(moment: Moment) -> Moment {
    Moment { at: moment.at, local_day: moment.local_day.clamp(FIRST_DAY, LAST_DAY) }
}

/// The part of a zone's name that its one length byte can announce.
pub(super) fn zone_name(name: &str) -> &str {
    name.split_at(name.floor_char_boundary(usize::from(u8::MAX))).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::testing::{ANA, BEN, moment, rotation};

    #[test]
    fn a_new_rotation_has_one_entry_and_no_turn() {
        let state = rotation(Limits::default(), &[]);
        assert_eq!((state.entry, state.turn, state.cursor), (1, 0, None));
        assert_ne!(state.head, Hash::ZERO);
    }

    #[test]
    fn instant_and_day_never_run_backwards() {
        let state = rotation(Limits::default(), &[ANA]);
        let last = Moment { at: state.last_at, local_day: state.local_day };
        assert_eq!(state.present(moment("2000-01-01")), last);
        let west = Moment { at: last.at.shifted(1), local_day: LocalDay::from_number(0) };
        assert_eq!(state.present(west), Moment { at: last.at.shifted(1), ..last });
        let beyond = Moment { at: last.at, local_day: LocalDay::from_number(i32::MAX) };
        assert_eq!(state.present(beyond).local_day, LAST_DAY);
    }

    #[test]
    fn a_wrong_hint_does_no_harm() {
        let mut state = rotation(Limits::default(), &[ANA, BEN]);
        state.cursor = Some(BEN);
        for hint in [0, 1, 7] {
            state.cursor_hint = CursorHint(hint);
            assert_eq!(state.cursor_position(), 1);
        }
    }

    #[test]
    fn a_zone_s_name_is_cut_between_characters() {
        assert_eq!(zone_name("Europe/London"), "Europe/London");
        assert_eq!(zone_name(&"é".repeat(200)).len(), 254);
    }
}
