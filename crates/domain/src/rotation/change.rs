//! Changes of a rotation between decisions. Each yields a ledger entry; one that is refused
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::bytes::Content;
use super::codes::ResetPeriod;
use super::ledger::LedgerEntry;
use super::member::{Count, Joining, Limits, Member, MemberSettings, Moment, Pause, Period};
use super::policy::Policy;
use super::state::{RotationState, zone_name};
use crate::ids::UserId;

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The user is a member already.
    #[error("{0} is a member already")]
    AlreadyMember(UserId),
    /// The user is not a member.
    #[error("{0} is not a member")]
    NotMember(UserId),
    /// The new order does not name every member exactly once.
    #[error("the order does not name every member exactly once")]
    NotAPermutation,
    /// The user is named twice.
    #[error("{0} is named twice")]
    NamedTwice(UserId),
    /// The all-zero id stands for "nobody" in the ledger.
    #[error("the nil id is nobody's")]
    NilUser,
    /// No deliveries of the past can have left this count: its day is still to come, or it has
    /// more deliveries on the day than in the month.
    #[error("the count of {0} cannot be")]
    ImpossibleCount(UserId),
}

impl RotationState {
    /// Adds `user` at the end of the order. `count` is what storage has for them from before, if
    /// anything: leaving and coming back does not refill a limit.
    ///
    /// # Errors
    /// `AlreadyMember`, `NilUser`, `ImpossibleCount`.
    pub fn add_member(
        &mut self,
        user: UserId,
        settings: MemberSettings,
        count: Option<Count>,
        moment: Moment,
    ) -> Result<LedgerEntry, ChangeError> {
        if user.uuid().is_nil() {
            return Err(ChangeError::NilUser);
        }
        if self.member(user).is_some() {
            return Err(ChangeError::AlreadyMember(user));
        }
        let now = self.present(moment);
        let period = Period::of(now.local_day);
        if count.is_some_and(|count| !period.allows(count)) {
            return Err(ChangeError::ImpossibleCount(user));
        }
        let count = period.live(count);
        let recorded = Member::new(user, settings, count);
        // Level with whoever is due first, and behind everybody who had no turn yet.
        let virtual_time = self.first_due();
        self.members.push(Member { virtual_time, last_turn: self.turn, ..recorded });
        self.cursor = self.cursor.or(Some(user));
        Ok(self.record(&Content::MemberAdded(recorded), now))
    }

    /// Takes `user` out of the order. A cursor that stood on them moves to their successor.
    ///
    /// # Errors
    /// `NotMember`.
    pub fn remove_member(
        &mut self,
        user: UserId,
        moment: Moment,
    ) -> Result<LedgerEntry, ChangeError> {
        let position = self
            .members
            .iter()
            .position(|member| member.user_id == user)
            .ok_or(ChangeError::NotMember(user))?;
        let now = self.present(moment);
        self.members.remove(position);
        if self.cursor == Some(user) {
            self.cursor = self
                .members
                .get(position)
                .or(self.members.first())
                .map(|successor| successor.user_id);
        }
        Ok(self.record(&Content::MemberRemoved { user_id: user }, now))
    }

    /// Puts the members into this order. The cursor stays with its member.
    ///
    /// # Errors
    /// `NotAPermutation`.
    pub fn reorder(
        &mut self,
        order: &[UserId],
        moment: Moment,
    ) -> Result<LedgerEntry, ChangeError> {
        let mut left: BTreeMap<UserId, Member> =
            self.members.iter().map(|member| (member.user_id, *member)).collect();
        let members: Option<Vec<Member>> = order.iter().map(|user| left.remove(user)).collect();
        let members = members.filter(|_| left.is_empty()).ok_or(ChangeError::NotAPermutation)?;
        let now = self.present(moment);
        self.members = members;
        self.level();
        let content = Content::Reordered { order: order.to_vec() };
        Ok(self.record(&content, now))
    }

    /// Makes `order` the members: those missing from it leave (in their old order), new ones
    /// join with default settings and with what `joining` says of them, and where the order is
    /// still another it is changed. Those who stay keep what they have. Nothing to do, no entry.
    ///
    /// # Errors
    /// `NamedTwice`, `NilUser`, `ImpossibleCount`; then nothing has changed.
    pub fn replace_members(
        &mut self,
        order: &[UserId],
        joining: impl Fn(UserId) -> Joining,
        moment: Moment,
    ) -> Result<Vec<LedgerEntry>, ChangeError> {
        let mut wanted = BTreeSet::new();
        for &user in order {
            if !wanted.insert(user) {
                return Err(ChangeError::NamedTwice(user));
            }
        }
        let mut next = self.clone();
        let mut entries = Vec::new();
        for member in &self.members {
            if !wanted.remove(&member.user_id) {
                entries.push(next.remove_member(member.user_id, moment)?);
            }
        }
        for &user in order.iter().filter(|user| wanted.contains(user)) {
            let settings = MemberSettings::default();
            let Joining { count, away } = joining(user);
            entries.push(next.add_member(user, settings, count, moment)?);
            entries.extend(next.set_away(user, away, moment)?);
        }
        if !next.members.iter().map(|member| &member.user_id).eq(order) {
            entries.push(next.reorder(order, moment)?);
        }
        *self = next;
        Ok(entries)
    }

    /// Sets the limits for members without their own. `None` when they are these already.
    ///
    /// # Errors
    /// None today.
    pub fn set_limits(
        &mut self,
        limits: Limits,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        if self.limits == limits {
            return Ok(None);
        }
        let now = self.present(moment);
        self.limits = limits;
        Ok(Some(self.record(&Content::LimitsChanged(limits), now)))
    }

    /// Sets a member's own limits and pause. `None` when they are these already.
    ///
    /// # Errors
    /// `NotMember`.
    pub fn set_member(
        &mut self,
        user: UserId,
        settings: MemberSettings,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        let now = self.present(moment);
        let member = self
            .members
            .iter_mut()
            .find(|member| member.user_id == user)
            .ok_or(ChangeError::NotMember(user))?;
        if member.settings == settings {
            return Ok(None);
        }
        let weighs_the_same = member.settings.weight == settings.weight;
        member.settings = settings;
        if !weighs_the_same {
            self.level();
        }
        let content = Content::MemberChanged { user_id: user, settings };
        Ok(Some(self.record(&content, now)))
    }

    /// Takes a member out for as long as they are out of all rotations, whatever pause is set for
    /// them here; `Pause::No` brings them back. `None` when it is so already.
    ///
    /// # Errors
    /// `NotMember`.
    pub fn set_away(
        &mut self,
        user: UserId,
        away: Pause,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        let now = self.present(moment);
        let member = self
            .members
            .iter_mut()
            .find(|member| member.user_id == user)
            .ok_or(ChangeError::NotMember(user))?;
        if member.away == away {
            return Ok(None);
        }
        member.away = away;
        let content = Content::Availability { user_id: user, away };
        Ok(Some(self.record(&content, now)))
    }

    /// Sets the time zone, an IANA name; `moment` has the local day of the new zone. The day
    /// does not go back when the new zone's is earlier. `None` when it is this zone already.
    ///
    /// # Errors
    /// None today.
    pub fn set_zone(
        &mut self,
        zone: &str,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        let zone = zone_name(zone);
        if self.zone == zone {
            return Ok(None);
        }
        let now = self.present(moment);
        self.zone = zone.to_owned();
        let content = Content::ZoneChanged { zone: zone.to_owned() };
        Ok(Some(self.record(&content, now)))
    }

    /// Sets how the rotation deals. Everybody starts level; order and cursor stay, and so does what
    /// was counted. `None` when it deals so already.
    ///
    /// # Errors
    /// None today.
    pub fn set_policy(
        &mut self,
        policy: Policy,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        if self.policy == policy {
            return Ok(None);
        }
        let now = self.present(moment);
        let is_another = self.policy.method != policy.method;
        self.policy = policy;
        if is_another {
            self.level();
            self.members.iter_mut().for_each(|member| member.open_leads = 0);
        }
        if !policy.respects_availability {
            self.members.iter_mut().for_each(|member| member.off = None);
        }
        Ok(Some(self.record(&Content::PolicyChanged(policy), now)))
    }

    /// Pauses the whole rotation, or resumes it. `None` when it is so already.
    ///
    /// # Errors
    /// None today.
    pub fn set_pause(
        &mut self,
        pause: Pause,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        if self.pause == pause {
            return Ok(None);
        }
        let now = self.present(moment);
        self.pause = pause;
        Ok(Some(self.record(&Content::RotationPaused(pause), now)))
    }

    /// Sets the counts of members back, as if nothing had been dealt to them in the present local
    /// day or month; all members' when none is named. `None` when nothing was counted for them.
    ///
    /// # Errors
    /// `NotMember`, `NamedTwice`.
    pub fn reset_limits(
        &mut self,
        users: &[UserId],
        period: ResetPeriod,
        moment: Moment,
    ) -> Result<Option<LedgerEntry>, ChangeError> {
        let mut named = BTreeSet::new();
        for &user in users {
            if self.member(user).is_none() {
                return Err(ChangeError::NotMember(user));
            }
            if !named.insert(user) {
                return Err(ChangeError::NamedTwice(user));
            }
        }
        let now = self.present(moment);
        let present = Period::of(now.local_day);
        let mut reset = Vec::new();
        for member in &mut self.members {
            let is_named = users.is_empty() || named.contains(&member.user_id);
            let before = present.live(member.count);
            let after = present.reset(before, period);
            if is_named && before != after {
                member.count = after;
                reset.push(member.user_id);
            }
        }
        if reset.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.record(&Content::LimitsReset { period, users: reset }, now)))
    }

    /// Records that the rotation is taken out of use, so that its ledger's end is not taken for
    /// one that was cut short. Who holds the rotation sees to it that nothing follows.
    #[must_use]
    pub fn archive(&mut self, moment: Moment) -> LedgerEntry {
        let now = self.present(moment);
        self.record(&Content::Archived, now)
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
