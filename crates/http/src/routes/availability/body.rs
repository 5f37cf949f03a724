//! What clients send about working hours, absences and holidays; the same forms are shown.

use evenhand_domain::availability::{
    AbsenceInput, HolidayInput, Holidays, HoursInput, Schedule, ScheduleInput,
};
use evenhand_domain::error::Faults;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Item;
use crate::fields;
use crate::schema::words;

words! {
    /// A day of the week.
    Weekday { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", }
}

/// Working hours on one day of the week.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WeeklyHours, example = json!({"day": "monday", "from": "09:00", "to": "17:30"}))]
pub(crate) struct WeeklyHours {
    /// The day.
    #[schema(value_type = Weekday, required = true)]
    day: Option<String>,
    /// When they begin, by the clock on the wall.
    #[schema(value_type = String, required = true, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    from: Option<String>,
    /// When they end, at the latest at `24:00`. Hours past midnight are two: until `24:00`, and
    /// from `00:00` on the next day.
    #[schema(
        value_type = String, required = true,
        pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
    )]
    to: Option<String>,
}

/// A time away: two dates, both included, or two instants.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Absence, example = json!({
    "from": "2026-12-24", "to": "2026-12-31", "note": "Skiing",
}))]
pub(crate) struct Absence {
    /// The first day, `2026-12-24`, or the instant at which it begins, RFC 3339.
    #[schema(value_type = String, required = true)]
    from: Option<String>,
    /// The last day, or the instant at which they are back; at most five years later.
    #[schema(value_type = String, required = true)]
    to: Option<String>,
    /// For the person themselves and whoever plans with them.
    #[schema(max_length = 200)]
    note: Option<String>,
}

/// When somebody works and when they are away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time_zone": "Europe/Berlin",
    "weekly": [
        {"day": "monday", "from": "09:00", "to": "12:30"},
        {"day": "monday", "from": "13:30", "to": "17:30"},
        {"day": "thursday", "from": "09:00", "to": "17:30"},
    ],
    "absences": [{"from": "2026-12-24", "to": "2026-12-31", "note": "Skiing"}],
}))]
pub(crate) struct SetAvailability {
    /// Where their clock and calendar hang: an IANA time zone.
    #[schema(value_type = String, required = true)]
    time_zone: Option<String>,
    /// Working hours, which do not overlap; at any time when absent or null, never when empty.
    #[schema(value_type = Option<Vec<WeeklyHours>>, max_items = 70)]
    weekly: Option<Vec<Item<WeeklyHours>>>,
    /// Absences, in any order; they may overlap. None when absent.
    #[schema(value_type = Option<Vec<Absence>>, max_items = 200)]
    absences: Option<Vec<Item<Absence>>>,
}

impl SetAvailability {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Schedule> {
        let Self { time_zone, weekly, absences } = self;
        let hours = |hours: Item<WeeklyHours>| {
            let WeeklyHours { day, from, to } = hours.0;
            HoursInput { day, from, to }
        };
        let absence = |absence: Item<Absence>| {
            let Absence { from, to, note } = absence.0;
            AbsenceInput { from, to, note }
        };
        let input = ScheduleInput {
            time_zone,
            weekly: weekly.map(|weekly| weekly.into_iter().map(hours).collect()),
            absences: absences.unwrap_or_default().into_iter().map(absence).collect(),
        };
        Schedule::parse(&input, faults)
    }
}

impl From<HoursInput> for WeeklyHours {
    fn from(hours: HoursInput) -> Self {
        let HoursInput { day, from, to } = hours;
        Self { day, from, to }
    }
}

impl From<AbsenceInput> for Absence {
    fn from(absence: AbsenceInput) -> Self {
        let AbsenceInput { from, to, note } = absence;
        Self { from, to, note }
    }
}

/// A day on which nobody of the organization works, wherever they are.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Holiday, example = json!({"date": "2026-12-25", "name": "Christmas Day"}))]
pub(crate) struct Holiday {
    /// The date.
    #[schema(value_type = String, required = true, format = Date)]
    date: Option<String>,
    /// What it is called.
    #[schema(max_length = 200)]
    name: Option<String>,
}

/// The organization's holidays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"holidays": [
    {"date": "2026-12-25", "name": "Christmas Day"},
    {"date": "2026-12-26"},
]}))]
pub(crate) struct SetHolidays {
    /// All of them, each date once.
    #[schema(value_type = Vec<Holiday>, required = true, max_items = 500)]
    holidays: Option<Vec<Item<Holiday>>>,
}

impl SetHolidays {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Holidays> {
        let holiday = |holiday: Item<Holiday>| {
            let Holiday { date, name } = holiday.0;
            HolidayInput { date, name }
        };
        let holidays = fields::required(faults, "/holidays", self.holidays)?;
        let holidays: Vec<_> = holidays.into_iter().map(holiday).collect();
        Holidays::parse(&holidays, "/holidays", faults)
    }
}

impl From<HolidayInput> for Holiday {
    fn from(holiday: HolidayInput) -> Self {
        let HolidayInput { date, name } = holiday;
        Self { date, name }
    }
}
