//! Dealing by weight: the least virtual time first.
//!
//! Each lead moves its receiver's virtual time on by [`LEAD`] divided by their weight, so that
//! whoever weighs twice as much is due twice as often. Whoever is passed over is moved on as if
//! they had been dealt the lead, and at least to where its receiver was: nothing is made up for later. A newcomer starts level with whoever
//! is due first. With equal weights this is exactly [`super::Method::Sequential`], whoever is
//! skipped, joins or leaves: those before the cursor in the order are one lead ahead of those from it
//! on, so the least of the eligible is the first of them.

use super::codes::Method;
use super::member::{Moment, Period};
use super::state::RotationState;

/// What a lead costs somebody of weight 1: the least common multiple of 1 to 24, so that leads of
/// small weights add up without a remainder.
const LEAD: u64 = 5_354_228_880;

/// What a lead costs somebody of this weight; 0 for weight 0, which is never dealt to.
const fn cost(weight: u32) -> u64 {
    match LEAD.checked_div(weight as u64) {
        Some(cost) => cost,
        None => 0,
    }
}

impl RotationState {
    /// Moves the virtual times on, as a lead goes to the member at `position`: of those who are not
    /// eligible and would have been due before them, and theirs.
    pub(super) fn move_on(&mut self, position: usize, now: Moment, period: Period) {
        let Some(due) = self.members.get(position).map(|chosen| chosen.virtual_time) else {
            return;
        };
        let mut reached = false;
        let passed: Vec<usize> = self
            .turn_order()
            .filter(|(at, member)| {
                reached |= *at == position;
                let before = member.virtual_time < due || member.virtual_time == due && !reached;
                before && !self.never_dealt(member) && !self.eligible(member, now, period)
            })
            .map(|(at, _)| at)
            .chain([position])
            .collect();
        for at in passed {
            if let Some(member) = self.members.get_mut(at) {
                let moved = member.virtual_time.saturating_add(cost(member.settings.weight));
                member.virtual_time = moved.max(due);
            }
        }
    }

    /// Where a newcomer starts.
    pub(super) fn first_due(&self) -> u64 {
        let dealt_to = self.members.iter().filter(|member| !self.never_dealt(member));
        dealt_to.map(|member| member.virtual_time).min().unwrap_or(0)
    }

    /// Begins anew where the cursor stands: whoever is before it in the order has had a lead, the
    /// others are due. What somebody is ahead of another, less than one lead, is forgotten so when
    /// the method, a weight or the order changes.
    pub(super) fn level(&mut self) {
        let is_weighted = self.policy.method == Method::Weighted;
        let next = if is_weighted { self.cursor_position() } else { 0 };
        for (position, member) in self.members.iter_mut().enumerate() {
            member.virtual_time = if position < next { cost(member.settings.weight) } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use crate::rotation::testing::{ANA, BEN, CARL, deal, moment, rotation, settings};
    use crate::rotation::{Limits, MemberSettings, Pause, SkipReason, Undealt};

    const DAY: &str = "2026-03-02";

    fn weighted(members: &[(UserId, u32)]) -> RotationState {
        let users: Vec<UserId> = members.iter().map(|(user, _)| *user).collect();
        let mut state = rotation(Limits::default(), &users);
        state.set_policy(Method::Weighted.into(), moment("2026-03-01")).unwrap();
        for (user, weight) in members {
            settings(&mut state, *user, weighing(*weight));
        }
        state
    }

    fn weighing(weight: u32) -> MemberSettings {
        MemberSettings { weight, ..MemberSettings::default() }
    }

    #[test]
    fn leads_are_dealt_in_proportion_to_the_weights() {
        let mut state = weighted(&[(ANA, 3), (BEN, 1), (CARL, 2)]);
        let dealt = deal(&mut state, 6, DAY);
        assert_eq!(dealt, [ANA, BEN, CARL, ANA, CARL, ANA].map(Some));
        // Every six leads are shared out 3, 1, 2.
        for _ in 0..20 {
            let dealt = deal(&mut state, 6, DAY);
            let got = |user| dealt.iter().filter(|to| **to == Some(user)).count();
            assert_eq!([got(ANA), got(BEN), got(CARL)], [3, 1, 2]);
        }
    }

    #[test]
    fn weight_0_is_never_dealt_to_and_says_so() {
        let mut state = weighted(&[(ANA, 0), (BEN, 1)]);
        assert_eq!(deal(&mut state, 3, DAY), [BEN, BEN, BEN].map(Some));
        let skip = state.standing(moment(DAY)).members[0].skip;
        assert_eq!(skip.map(|skip| skip.reason), Some(SkipReason::ZeroWeight));
        settings(&mut state, BEN, weighing(0));
        assert_eq!(state.standing(moment(DAY)).reason, Some(Undealt::NobodyAvailable));
        // Other methods do not look at weights.
        state.set_policy(Method::Sequential.into(), moment(DAY)).unwrap();
        assert!(state.standing(moment(DAY)).next.is_some());
    }

    #[test]
    fn who_was_away_gets_nothing_extra_and_a_newcomer_no_flood() {
        let mut state = weighted(&[(ANA, 2), (BEN, 1)]);
        let paused = MemberSettings { pause: Pause::Indefinite, ..weighing(1) };
        settings(&mut state, BEN, paused);
        deal(&mut state, 50, DAY);
        settings(&mut state, BEN, weighing(1));
        state.add_member(CARL, weighing(1), None, moment(DAY)).unwrap();
        let dealt = deal(&mut state, 8, DAY);
        let got = |user| dealt.iter().filter(|to| **to == Some(user)).count();
        assert_eq!([got(ANA), got(BEN), got(CARL)], [4, 2, 2]);
    }
}
