//! Who may be dealt to now, and why the others may not.

use super::codes::Undealt;
use super::member::{Limits, Member, Moment, OffDuty, Pause, Period};
use super::state::RotationState;
use crate::calendar::LocalDay;
use crate::clock::Timestamp;
use crate::ids::UserId;

/// Why a member is passed over. Where several hold, the first in this order is the one shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The member is paused, in this rotation or in all.
    Paused,
    /// The member's working hours have not begun, or are over.
    OutsideWorkingHours,
    /// The member is absent.
    Absent,
    /// The organization has a holiday.
    Holiday,
    /// The member's weight is 0.
    ZeroWeight,
    /// The member was dealt the most they may be on this local day.
    DailyLimitReached,
    /// The member was dealt the most they may be in this local month.
    MonthlyLimitReached,
}

impl SkipReason {
    /// The name, in snake_case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::OutsideWorkingHours => "outside_working_hours",
            Self::Absent => "absent",
            Self::Holiday => "holiday",
            Self::ZeroWeight => "zero_weight",
            Self::DailyLimitReached => "daily_limit_reached",
            Self::MonthlyLimitReached => "monthly_limit_reached",
        }
    }
}

/// When the reason for skipping a member ends, if nobody changes anything. Another reason may
/// hold on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Not by itself.
    Indefinite,
    /// At this instant.
    At(Timestamp),
    /// With the start of this local day, the day after.
    NextDay(LocalDay),
    /// With the start of this local day, the first of the month after.
    NextMonth(LocalDay),
}

/// A member passed over: why, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// The leads counted against the limit, where the reason is one.
    pub count: Option<u32>,
    /// The limit that is reached, where the reason is one.
    pub limit: Option<u32>,
    /// When the reason ends.
    pub until: Until,
}

/// Where a member stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberStanding {
    /// Who.
    pub user_id: UserId,
    /// Leads dealt to them on the moment's local day.
    pub of_day: u32,
    /// Leads dealt to them in the moment's local month.
    pub of_month: u32,
    /// The limits that hold for them, their own or the rotation's; 0 = unlimited.
    pub limits: Limits,
    /// The open leads that they were last seen to have, where the rotation chooses by them.
    pub open_leads: u32,
    /// Their weight.
    pub weight: u32,
    /// Why they are passed over; `None` = eligible.
    pub skip: Option<Skip>,
}

/// Where a rotation stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The moment, never before the rotation's last entry.
    pub moment: Moment,
    /// Who would be dealt a lead now.
    pub next: Option<UserId>,
    /// Why nobody would be.
    pub reason: Option<Undealt>,
    /// Every member, in turn order.
    pub members: Vec<MemberStanding>,
}

impl RotationState {
    /// Where the rotation stands at `moment`, or at its last entry where that is later. Changes
    /// nothing; agrees with what [`RotationState::deal`] would do.
    #[must_use]
    pub fn standing(&self, moment: Moment) -> Standing {
        let now = self.present(moment);
        let period = Period::of(now.local_day);
        let choice = self.choose(now, period);
        Standing {
            moment: now,
            next: choice
                .ok()
                .and_then(|position| self.members.get(position))
                .map(|member| member.user_id),
            reason: choice.err(),
            members: self
                .members
                .iter()
                .map(|member| self.member_standing(member, now, period))
                .collect(),
        }
    }

    fn member_standing(&self, member: &Member, now: Moment, period: Period) -> MemberStanding {
        let tally = Tally::of(member, self.limits, period);
        MemberStanding {
            user_id: member.user_id,
            of_day: tally.of_day,
            of_month: tally.of_month,
            limits: tally.limits,
            open_leads: member.open_leads,
            weight: member.settings.weight,
            skip: self.skip(member, &tally, now),
        }
    }

    /// The first reason in the order of [`SkipReason`].
    fn skip(&self, member: &Member, tally: &Tally, now: Moment) -> Option<Skip> {
        let skip = |reason, until| Skip { reason, count: None, limit: None, until };
        let pause = member.pause(now.at);
        if pause != Pause::No {
            return Some(skip(SkipReason::Paused, pause.end()));
        }
        if let Some(OffDuty { reason, until }) = self.off_duty(member, now) {
            return Some(skip(reason.skip(), until.map_or(Until::Indefinite, Until::At)));
        }
        if self.never_dealt(member) {
            return Some(skip(SkipReason::ZeroWeight, Until::Indefinite));
        }
        let (count, limit, reason, until) = match tally.limit_reached()? {
            reason @ SkipReason::DailyLimitReached => {
                let until = Until::NextDay(now.local_day.next());
                (tally.of_day, tally.limits.daily, reason, until)
            }
            reason => {
                let until = Until::NextMonth(now.local_day.month().next_start());
                (tally.of_month, tally.limits.monthly, reason, until)
            }
        };
        Some(Skip { count: Some(count), limit: Some(limit), ..skip(reason, until) })
    }
}

/// A member's counts of a period beside the limits that hold for them.
pub(super) struct Tally {
    of_day: u32,
    of_month: u32,
    limits: Limits,
}

impl Tally {
    pub(super) fn of(member: &Member, limits: Limits, period: Period) -> Self {
        let (of_day, of_month) = period.counts(member.count);
        Self { of_day, of_month, limits: limits.for_member(&member.settings) }
    }

    pub(super) fn limit_reached(&self) -> Option<SkipReason> {
        let reached = |count, limit| limit > 0 && count >= limit;
        if reached(self.of_day, self.limits.daily) {
            Some(SkipReason::DailyLimitReached)
        } else if reached(self.of_month, self.limits.monthly) {
            Some(SkipReason::MonthlyLimitReached)
        } else {
            None
        }
    }
}

impl Pause {
    fn end(self) -> Until {
        match self {
            Self::Until(end) => Until::At(end),
            Self::No | Self::Indefinite => Until::Indefinite,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::member::MemberSettings;
    use crate::rotation::testing::{ANA, BEN, CARL, day, deal, moment, rotation, settings};

    #[test]
    fn every_skip_says_why_and_until_when() {
        let mut state = rotation(Limits { daily: 1, monthly: 2 }, &[ANA, BEN, CARL]);
        deal(&mut state, 1, "2026-01-30");
        deal(&mut state, 1, "2026-01-31");
        deal(&mut state, 2, "2026-01-31");
        let end = moment("2026-02-03").at;
        settings(
            &mut state,
            BEN,
            MemberSettings { pause: Pause::Until(end), ..Default::default() },
        );

        // Ana has 1 of the 30th and 1 of the 31st, Ben and Carl 1 each.
        let standing = state.standing(moment("2026-01-31"));
        let skips: Vec<_> = standing.members.iter().map(|member| member.skip).collect();
        let daily = Skip {
            reason: SkipReason::DailyLimitReached,
            count: Some(1),
            limit: Some(1),
            until: Until::NextDay(day("2026-02-01")),
        };
        let paused =
            Skip { reason: SkipReason::Paused, count: None, limit: None, until: Until::At(end) };
        assert_eq!(skips, [Some(daily), Some(paused), Some(daily)]);
        assert_eq!(standing.reason, Some(Undealt::AllMembersAtLimit));
        assert_eq!(standing.next, None);
    }

    #[test]
    fn who_is_paused_here_and_in_all_rotations_is_skipped_until_both_are_over() {
        let mut state = rotation(Limits::default(), &[ANA, BEN]);
        let (soon, later) = (moment("2026-02-02").at, moment("2026-02-03").at);
        let now = moment("2026-02-01");
        settings(
            &mut state,
            ANA,
            MemberSettings { pause: Pause::Until(later), ..Default::default() },
        );
        state.set_away(ANA, Pause::Until(soon), now).unwrap();
        let until = |state: &RotationState, day| {
            state.standing(moment(day)).members[0].skip.map(|skip| (skip.reason, skip.until))
        };
        let paused = |until| Some((SkipReason::Paused, until));
        assert_eq!(until(&state, "2026-02-01"), paused(Until::At(later)));
        assert_eq!(until(&state, "2026-02-02"), paused(Until::At(later)));
        assert_eq!(until(&state, "2026-02-03"), None);

        state.set_away(ANA, Pause::Indefinite, now).unwrap();
        assert_eq!(until(&state, "2026-02-01"), paused(Until::Indefinite));
        assert_eq!(deal(&mut state, 2, "2026-02-04"), [BEN, BEN].map(Some));
        state.set_away(ANA, Pause::No, moment("2026-02-04")).unwrap();
        assert_eq!(deal(&mut state, 2, "2026-02-04"), [ANA, BEN].map(Some));
    }

    #[test]
    fn a_monthly_limit_holds_until_the_first_of_the_next_month() {
        let mut state = rotation(Limits { daily: 0, monthly: 2 }, &[ANA]);
        deal(&mut state, 2, "2026-12-31");
        let skip = state.standing(moment("2026-12-31")).members[0].skip;
        let expected = Skip {
            reason: SkipReason::MonthlyLimitReached,
            count: Some(2),
            limit: Some(2),
            until: Until::NextMonth(day("2027-01-01")),
        };
        assert_eq!(skip, Some(expected));
        assert_eq!(state.standing(moment("2027-01-01")).next, Some(ANA));
    }

    #[test]
    fn the_reason_for_nobody_tells_limits_from_absence() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[]);
        assert_eq!(state.standing(moment("2026-01-01")).reason, Some(Undealt::NoMembers));

        state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA, BEN]);
        let paused = MemberSettings { pause: Pause::Indefinite, ..Default::default() };
        settings(&mut state, BEN, paused);
        deal(&mut state, 1, "2026-01-01");
        let standing = state.standing(moment("2026-01-01"));
        assert_eq!(standing.reason, Some(Undealt::NobodyAvailable));
        assert_eq!(standing.members[1].skip.map(|skip| skip.until), Some(Until::Indefinite));
    }

    #[test]
    fn the_standing_is_never_of_a_time_before_the_last_entry() {
        let mut state = rotation(Limits { daily: 1, monthly: 0 }, &[ANA]);
        deal(&mut state, 1, "2026-01-02");
        let standing = state.standing(moment("2026-01-01"));
        assert_eq!(standing.moment, moment("2026-01-02"));
        assert_eq!(standing.next, None);
    }
}
