//! Availability as the API shows it.

use evenhand_domain::availability::{Availability, ScheduleInput, WorkingTime};
use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_persistence::availability::UserAvailability;
use evenhand_persistence::holidays::HolidayList;
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Absence, Holiday, WeeklyHours};
use crate::schema::Instant;

/// When somebody works and when they are away.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Availability, example = json!({
    "scheduled": true,
    "time_zone": "Europe/Berlin",
    "weekly": [{"day": "monday", "from": "09:00", "to": "17:30"}],
    "absences": [{"from": "2026-12-24", "to": "2026-12-31", "note": "Skiing"}],
    "available_now": false,
    "reason": "outside_working_hours",
    "until": "2026-03-09T08:00:00.000000Z",
    "version": 3,
}))]
pub(crate) struct AvailabilityView {
    /// Whether anything is set; if not, they work at any time but on holidays.
    scheduled: bool,
    /// Where their clock and calendar hang: an IANA time zone; the organization's where nothing is
    /// set.
    time_zone: String,
    /// Working hours in the order of the week; null = at any time.
    weekly: Option<Vec<WeeklyHours>>,
    /// Absences, past ones too, in the order of their beginning.
    absences: Vec<Absence>,
    /// Whether rotations that respect availability deal to them now. A pause is another matter.
    available_now: bool,
    /// Why they do not: `absent`, `holiday`, `outside_working_hours`; the first of these that
    /// holds. There may be more.
    reason: Option<&'static str>,
    /// When they are next available; for who is, when they next are not. Null = never, or not
    /// within 400 days.
    until: Option<Instant>,
    /// Raised by every change; 0 = nothing was ever set.
    version: i64,
}

impl AvailabilityView {
    /// What is set for a user of an organization in `zone`, as of `now`.
    pub(crate) fn at(now: Timestamp, user: &UserAvailability, zone: &Zone) -> Self {
        let schedule = user.schedule_in(zone);
        let time = WorkingTime::new(&schedule, &user.holidays);
        let (reason, until) = match time.availability(now) {
            Availability::Available => (None, time.next_change(now)),
            Availability::Unavailable { reason, until } => (Some(reason.as_str()), until),
        };
        let ScheduleInput { time_zone: _, weekly, absences } = schedule.render();
        Self {
            scheduled: user.schedule.is_some(),
            time_zone: schedule.zone().name().to_owned(),
            weekly: weekly.map(|weekly| weekly.into_iter().map(WeeklyHours::from).collect()),
            absences: absences.into_iter().map(Absence::from).collect(),
            available_now: reason.is_none(),
            reason,
            until: until.map(Instant::from),
            version: user.version,
        }
    }
}

/// The organization's holidays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holidays, example = json!({
    "holidays": [{"date": "2026-12-25", "name": "Christmas Day"}],
    "version": 1,
}))]
pub(crate) struct HolidaysView {
    /// All of them, in order.
    holidays: Vec<Holiday>,
    /// Raised by every change; 0 = none were ever set.
    version: i64,
}

impl From<&HolidayList> for HolidaysView {
    fn from(list: &HolidayList) -> Self {
        let HolidayList { holidays, version } = list;
        let holidays = holidays.render().into_iter().map(Holiday::from).collect();
        Self { holidays, version: *version }
    }
}
