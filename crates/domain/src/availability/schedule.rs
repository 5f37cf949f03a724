//! What a user sets: where they are, when they work, and when they are away.

use serde::{Deserialize, Serialize};

use super::absence::Absence;
use super::bounds;
use super::hours::Hours;
use crate::calendar::Zone;
use crate::error::Faults;
use crate::text::{ValueFault, required_line};

/// A schedule as a client sends it, before anything is checked; also the form it is shown and
/// stored in. `weekly` absent or null: no fixed hours, the user works at any time; an empty list:
/// at no time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct ScheduleInput {
    pub time_zone: Option<String>,
    pub weekly: Option<Vec<HoursInput>>,
    pub absences: Vec<AbsenceInput>,
}

/// Hours on one weekday: `monday`, `09:00`, `17:30`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct HoursInput {
    pub day: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// An absence: two dates, the last included, or two instants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of the API, described there")]
pub struct AbsenceInput {
    pub from: Option<String>,
    pub to: Option<String>,
    pub note: Option<String>,
}

/// When a user works, holidays aside: parsed and bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    zone: Zone,
    hours: Option<Hours>,
    absences: Vec<Absence>,
}

impl Schedule {
    /// That of a user who set none: any time, in `zone`, which is the organization's and says
    /// when a holiday begins.
    #[must_use]
    pub const fn any_time(zone: Zone) -> Self {
        Self { zone, hours: None, absences: Vec::new() }
    }

    /// Checks a schedule, noting every fault. Absences are put in the order of time, intervals in
    /// that of the week.
    ///
    /// Returns `None` exactly when a fault was noted: `required`, `invalid_time_zone`,
    /// `invalid_value`, `ends_before_start`, `overlap` (of weekly hours),
    /// `mixed_dates_and_instants`, `too_long`, `too_many`, `forbidden_character`.
    pub fn parse(input: &ScheduleInput, faults: &mut Faults) -> Option<Self> {
        let before = faults.as_slice().len();
        let zone = faults.keep("/time_zone", zone(input.time_zone.as_deref()));
        let hours = input.weekly.as_ref().map(|weekly| Hours::parse(weekly, faults));
        let mut absences = Absence::parse_all(&input.absences, faults);
        let zone = zone.filter(|_| faults.as_slice().len() == before)?;
        absences.sort_by_cached_key(|absence| absence.order(&zone));
        Some(Self { zone, hours, absences })
    }

    /// The API's form; parsing it gives this schedule again.
    #[must_use]
    pub fn render(&self) -> ScheduleInput {
        ScheduleInput {
            time_zone: Some(self.zone.name().to_owned()),
            weekly: self.hours.as_ref().map(Hours::render),
            absences: self.absences.iter().map(Absence::render).collect(),
        }
    }

    /// Where the user's clocks hang.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Working hours; `None` = any time.
    #[must_use]
    pub const fn hours(&self) -> Option<&Hours> {
        self.hours.as_ref()
    }

    /// Absences in order of their beginning.
    #[must_use]
    pub fn absences(&self) -> &[Absence] {
        &self.absences
    }
}

fn zone(text: Option<&str>) -> Result<Zone, ValueFault> {
    let name = required_line(text.unwrap_or_default(), bounds::LINE)?;
    name.parse().map_err(|_| ("invalid_time_zone", "not an IANA time zone".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(input: serde_json::Value) -> (Option<Schedule>, Vec<String>) {
        let input: ScheduleInput = serde_json::from_value(input).unwrap();
        let mut faults = Faults::default();
        let schedule = Schedule::parse(&input, &mut faults);
        (schedule, faults.as_slice().iter().map(|fault| fault.pointer.clone()).collect())
    }

    #[test]
    fn the_shape_is_that_of_the_api_and_is_shown_in_order() {
        let (schedule, faults) = parse(json!({
            "time_zone": "europe/berlin",
            "weekly": [
                {"day": "tuesday", "from": "09:00", "to": "17:30"},
                {"day": "monday", "from": "13:00", "to": "24:00"},
            ],
            "absences": [
                {"from": "2026-12-24", "to": "2026-12-31", "note": " Skiing "},
                {"from": "2026-12-01T10:00:00+01:00", "to": "2026-12-01T12:00:00+01:00"},
            ],
        }));
        assert!(faults.is_empty(), "{faults:?}");
        let shown = serde_json::to_value(schedule.unwrap().render()).unwrap();
        let expected = json!({
            "time_zone": "Europe/Berlin",
            "weekly": [
                {"day": "monday", "from": "13:00", "to": "24:00"},
                {"day": "tuesday", "from": "09:00", "to": "17:30"},
            ],
            "absences": [
                {"from": "2026-12-01T09:00:00.000000Z", "to": "2026-12-01T11:00:00.000000Z",
                    "note": null},
                {"from": "2026-12-24", "to": "2026-12-31", "note": "Skiing"},
            ],
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn faults_of_all_parts_come_together() {
        let (schedule, faults) = parse(json!({
            "time_zone": "Mars/Olympus",
            "weekly": [{"day": "monday", "from": "09:00", "to": "08:00"}],
            "absences": [{"from": "2026-12-24"}],
        }));
        assert_eq!(schedule, None);
        assert_eq!(faults, ["/time_zone", "/weekly/0/to", "/absences/0/to"]);
        assert_eq!(parse(json!({})).1, ["/time_zone"]);
    }

    #[test]
    fn no_hours_and_hours_at_no_time_are_told_apart() {
        for (weekly, empty) in [(json!(null), None), (json!([]), Some(0))] {
            let (schedule, _) = parse(json!({"time_zone": "UTC", "weekly": weekly}));
            let schedule = schedule.unwrap();
            assert_eq!(schedule.hours().map(|hours| hours.intervals().len()), empty);
            assert_eq!(schedule.render().weekly.map(|weekly| weekly.len()), empty);
        }
        assert!(serde_json::from_value::<ScheduleInput>(json!({"zone": "UTC"})).is_err());
    }
}
