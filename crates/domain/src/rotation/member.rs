//! Who is dealt to, and what holds for them.

use crate::calendar::{LocalDay, LocalMonth};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::rotation::codes::{OffReason, ResetPeriod};

/// 0001-01-01 and 9999-12-31. What the engine writes lies within, so that every reader of the
/// ledger has a calendar for it.
pub(super) const FIRST_DAY: LocalDay = LocalDay::from_number(-719_162);
pub(super) const LAST_DAY: LocalDay = LocalDay::from_number(2_932_896);

/// When something happens: an instant, and the organization's local day at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The local day that the organization's time zone has at the instant.
    pub local_day: LocalDay,
}

/// The most leads a member is dealt per local day and per local month; 0 = unlimited.
/// Whichever is reached first holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Leads per local day.
    pub daily: u32,
    /// Leads per local month.
    pub monthly: u32,
}

impl Limits {
    /// The limits that hold for a member: their own, or else these.
    #[must_use]
    pub fn for_member(self, settings: &MemberSettings) -> Self {
        Self {
            daily: settings.daily_limit.unwrap_or(self.daily),
            monthly: settings.monthly_limit.unwrap_or(self.monthly),
        }
    }
}

/// Whether a member is passed over for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pause {
    /// Not paused.
    #[default]
    No,
    /// Until somebody ends it.
    Indefinite,
    /// Until this instant, at which the member is back without anybody doing anything.
    Until(Timestamp),
}

impl Pause {
    /// Whether a member with this pause is paused at `at`.
    #[must_use]
    pub fn holds(self, at: Timestamp) -> bool {
        match self {
            Self::No => false,
            Self::Indefinite => true,
            Self::Until(end) => at < end,
        }
    }

    /// This pause where it holds at `at`, else `No`.
    #[must_use]
    pub fn in_force(self, at: Timestamp) -> Self {
        if self.holds(at) { self } else { Self::No }
    }

    /// The one of two pauses that holds at `at` and ends last; `No` where neither holds.
    #[must_use]
    pub fn longer(self, other: Self, at: Timestamp) -> Self {
        match (self.in_force(at), other.in_force(at)) {
            (Self::Indefinite, _) | (_, Self::Indefinite) => Self::Indefinite,
            (Self::Until(one), Self::Until(another)) => Self::Until(one.max(another)),
            (pause, Self::No) | (Self::No, pause) => pause,
        }
    }
}

/// What is set for one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberSettings {
    /// Their own limit per local day, 0 = unlimited; `None` = the rotation's.
    pub daily_limit: Option<u32>,
    /// Their own limit per local month, 0 = unlimited; `None` = the rotation's.
    pub monthly_limit: Option<u32>,
    /// Their share in relation to the others' where leads are dealt by weight; 0 = never.
    pub weight: u32,
    /// Their pause.
    pub pause: Pause,
}

/// No limits of their own, an equal share, no pause.
impl Default for MemberSettings {
    fn default() -> Self {
        Self { daily_limit: None, monthly_limit: None, weight: 1, pause: Pause::No }
    }
}

/// Somebody's being off duty, as it was last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffDuty {
    /// Why.
    pub reason: OffReason,
    /// When they are on duty again if nothing changes; `None` = not within reach of the calendar.
    pub until: Option<Timestamp>,
}

impl OffDuty {
    /// Whether somebody who was seen so is off duty at `at`.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// How many leads a member was dealt, as of the last delivery. It is never reset in storage:
/// it stops mattering once the day or the month is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The local day of the last delivery.
    pub day: LocalDay,
    /// Deliveries on that day.
    pub of_day: u32,
    /// Deliveries in that day's month, that day included.
    pub of_month: u32,
}

/// A member of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// What is set for them.
    pub settings: MemberSettings,
    /// Their being out of all rotations, besides the pause that is set here: both hold, and
    /// ending one leaves the other.
    pub away: Pause,
    /// Their being off duty, which holds where the rotation respects availability.
    pub off: Option<OffDuty>,
    /// Up to where they have been dealt by weight; see `weighted.rs`.
    pub virtual_time: u64,
    /// The last turn that they had in this order; 0 = none, or the last one before they joined.
    pub last_turn: u64,
    /// The open leads that they were last seen to have, and those dealt to them since.
    pub open_leads: u32,
    /// What they were dealt; `None` = nothing that still matters.
    pub count: Option<Count>,
}

impl Member {
    /// Somebody who has just joined, about whom nothing else is known.
    #[must_use]
    pub const fn new(user_id: UserId, settings: MemberSettings, count: Option<Count>) -> Self {
        Self {
            user_id,
            settings,
            away: Pause::No,
            off: None,
            virtual_time: 0,
            last_turn: 0,
            open_leads: 0,
            count,
        }
    }

    /// What keeps the member out at `at`, set here or for all rotations; the longer where both
    /// do.
    #[must_use]
    pub fn pause(&self, at: Timestamp) -> Pause {
        self.settings.pause.longer(self.away, at)
    }
}

/// What somebody comes into a rotation with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Joining {
    /// What the rotation has counted for them from before, if anything.
    pub count: Option<Count>,
    /// Their being out of all rotations.
    pub away: Pause,
}

/// A local day and the first day of its month: what a count is read against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Period {
    day: LocalDay,
    month_start: LocalDay,
}

impl Period {
    pub(super) fn of(day: LocalDay) -> Self {
        let month_before = LocalMonth::from_number(day.month().number() - 1);
        Self { day, month_start: month_before.next_start() }
    }

    /// Deliveries of this period's day and month. A count of a later day, which only a damaged
    /// store could hold, is taken to matter: a limit is rather kept than exceeded.
    pub(super) fn counts(self, count: Option<Count>) -> (u32, u32) {
        match count {
            Some(count) if count.day >= self.day => (count.of_day, count.of_month),
            Some(count) if count.day >= self.month_start => (0, count.of_month),
            _ => (0, 0),
        }
    }

    /// The count after one more delivery.
    pub(super) fn raised(self, count: Option<Count>) -> Count {
        let (of_day, of_month) = self.counts(count);
        Count {
            day: self.day,
            of_day: of_day.saturating_add(1),
            of_month: of_month.saturating_add(1),
        }
    }

    /// The count after it was set back; a month has no fewer than its days.
    pub(super) fn reset(self, count: Option<Count>, period: ResetPeriod) -> Option<Count> {
        let (_, of_month) = self.counts(count);
        match period {
            ResetPeriod::Day => self.live(Some(Count { day: self.day, of_day: 0, of_month })),
            ResetPeriod::Month => None,
        }
    }

    /// `count`, or `None` when nothing of it matters any more. Whether storage still holds a
    /// count of a past month must make no difference to the bytes of an entry.
    pub(super) fn live(self, count: Option<Count>) -> Option<Count> {
        count.filter(|count| self.counts(Some(*count)) != (0, 0))
    }

    /// Whether a delivery on or before this day can have left this count.
    pub(super) fn allows(self, count: Count) -> bool {
        count.day <= self.day && count.of_day <= count.of_month
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::testing::day;

    #[test]
    fn a_count_lapses_with_its_day_and_its_month() {
        let count = Some(Count { day: day("2026-02-27"), of_day: 3, of_month: 9 });
        assert_eq!(Period::of(day("2026-02-27")).counts(count), (3, 9));
        assert_eq!(Period::of(day("2026-02-28")).counts(count), (0, 9));
        assert_eq!(Period::of(day("2026-03-01")).counts(count), (0, 0));
        assert_eq!(Period::of(day("2027-02-27")).counts(count), (0, 0));
        assert_eq!(Period::of(day("2026-02-27")).counts(None), (0, 0));
        let first = Some(Count { day: day("2026-03-01"), of_day: 1, of_month: 1 });
        assert_eq!(Period::of(day("2026-03-31")).counts(first), (0, 1));
    }

    #[test]
    fn a_delivery_raises_what_still_matters() {
        let count = Some(Count { day: day("2026-12-31"), of_day: 3, of_month: 9 });
        let raised = |on| Period::of(day(on)).raised(count);
        assert_eq!(raised("2026-12-31"), Count { day: day("2026-12-31"), of_day: 4, of_month: 10 });
        assert_eq!(raised("2027-01-01"), Count { day: day("2027-01-01"), of_day: 1, of_month: 1 });
        assert_eq!(Period::of(day("2027-01-01")).live(count), None);
    }

    #[test]
    fn the_ends_of_the_calendar_are_ordinary_days() {
        for end in [FIRST_DAY, LAST_DAY] {
            let once = Period::of(end).raised(None);
            assert_eq!(Period::of(end).counts(Some(once)), (1, 1));
        }
        assert_eq!(FIRST_DAY.to_string(), "0001-01-01");
        assert_eq!(LAST_DAY.to_string(), "9999-12-31");
    }

    #[test]
    fn a_pause_ends_by_itself_at_its_instant() {
        let end = Timestamp::from_micros(10);
        assert!(Pause::Until(end).holds(Timestamp::from_micros(9)));
        assert!(!Pause::Until(end).holds(end));
        assert!(Pause::Indefinite.holds(Timestamp::from_micros(i64::MAX)));
        assert!(!Pause::No.holds(end));
    }

    #[test]
    fn of_two_pauses_the_one_that_ends_last_counts() {
        let [now, soon, later] = [5, 10, 20].map(Timestamp::from_micros);
        let (no, forever) = (Pause::No, Pause::Indefinite);
        assert_eq!(no.longer(no, now), no);
        for (one, other, longer) in [
            (no, Pause::Until(soon), Pause::Until(soon)),
            (Pause::Until(soon), Pause::Until(later), Pause::Until(later)),
            (Pause::Until(soon), forever, forever),
        ] {
            assert_eq!(one.longer(other, now), longer);
            assert_eq!(other.longer(one, now), longer);
        }
        assert_eq!(Pause::Until(soon).longer(no, soon), no);
    }

    #[test]
    fn a_member_s_own_limit_replaces_the_rotation_s_and_zero_lifts_it() {
        let limits = Limits { daily: 5, monthly: 50 };
        let own = MemberSettings { daily_limit: Some(0), ..MemberSettings::default() };
        assert_eq!(limits.for_member(&own), Limits { daily: 0, monthly: 50 });
    }
}
