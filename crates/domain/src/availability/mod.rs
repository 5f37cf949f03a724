//! When a user works: weekly hours in a time zone, less their absences and the organization's
//! holidays.
//!
//! One rule decides everything. At an instant, look at the clock and the calendar on the user's
//! wall. The user is available when the clock shows a time within the hours of the weekday that
//! the calendar shows, the calendar shows no holiday, and no absence holds. From that follows,
//! without any further rule:
//!
//! - Hours that begin in a gap (clocks put forward) begin when the gap ends; hours that lie within
//!   it do not happen on that day. It is the same for a day that has no midnight.
//! - Hours within a fold (clocks put back) happen twice. Hours that end in its middle end, begin
//!   again when the clocks show that time anew, and end again. A day with two midnights that
//!   begins with hours from 00:00 to 01:00 has two of them.
//! - Hours that go past midnight are two: until 24:00, and from 00:00 on the next day.
//! - **A holiday is that date where the user is**, not where the organization is: a day off is
//!   one of the user's own working days, not the end of one and the beginning of the next.
//! - An absence of dates is those dates where the user is, the last one included. An absence of
//!   instants ends at its end: the user is back at that instant, as with a pause.

mod absence;
mod holidays;
mod hours;
mod observe;
#[cfg(test)]
mod observe_tests;
mod schedule;
mod time_of_week;
mod walk;
mod working_time;
#[cfg(test)]
mod zone_tests;

pub use absence::{Absence, Away};
pub use holidays::{Holiday, HolidayInput, Holidays};
pub use hours::{Hours, Interval};
pub use observe::{Observation, WorkingTimes};
pub use schedule::{AbsenceInput, HoursInput, Schedule, ScheduleInput};
pub use time_of_week::Weekday;
pub use working_time::{Availability, HORIZON_DAYS, UnavailableReason, WorkingTime};

/// Bounds of what may be set.
pub mod bounds {
    /// Intervals of a week.
    pub const INTERVALS: usize = 70;
    /// Absences of one user.
    pub const ABSENCES: usize = 200;
    /// Days that one absence may last: five years. Somebody who is away with no end in sight is
    /// paused or deactivated instead.
    pub const ABSENCE_DAYS: i32 = 1830;
    /// Holidays of one organization.
    pub const HOLIDAYS: usize = 500;
    /// Characters of the note of an absence, and of the name of a holiday.
    pub const LINE: usize = 200;
}
