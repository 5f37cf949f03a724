//! Availability minute by minute, asked of jiff's own calendar for every single one: no stretches,
//! no boundaries, no search to get wrong in the same way as the walk.

use std::sync::LazyLock;

use evenhand_domain::availability::{ScheduleInput, UnavailableReason};
use evenhand_domain::clock::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A schedule as it was sent, and holidays, read in the plainest way.
pub(crate) struct Model {
    zone: TimeZone,
    /// Weekday, and minutes since midnight.
    weekly: Option<Vec<(Weekday, i32, i32)>>,
    days_off: Vec<(Date, Date)>,
    times_off: Vec<(Timestamp, Timestamp)>,
    holidays: Vec<Date>,
}

impl Model {
    pub(crate) fn new(input: &ScheduleInput, holidays: &[String]) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap();
        let weekly = input.weekly.as_ref().map(|weekly| {
            let rows = weekly.iter();
            rows.map(|row| {
                (weekday(&text(&row.day)), minute(&text(&row.from)), minute(&text(&row.to)))
            })
            .collect()
        });
        let (instants, dates): (Vec<_>, Vec<_>) =
            input.absences.iter().partition(|absence| text(&absence.from).contains('T'));
        let date = |value: &Option<String>| text(value).parse().unwrap();
        let instant = |value: &Option<String>| Timestamp::from_rfc3339(&text(value)).unwrap();
        Self {
            zone: ZONES.get(&text(&input.time_zone)).unwrap(),
            weekly,
            days_off: dates.iter().map(|away| (date(&away.from), date(&away.to))).collect(),
            times_off: instants
                .iter()
                .map(|away| (instant(&away.from), instant(&away.to)))
                .collect(),
            holidays: holidays.iter().map(|holiday| holiday.parse().unwrap()).collect(),
        }
    }

    /// Why nobody is there at `at`; `None` = somebody is.
    pub(crate) fn reason(&self, at: Timestamp) -> Option<UnavailableReason> {
        let instant = jiff::Timestamp::from_microsecond(at.micros()).unwrap();
        let wall = self.zone.to_datetime(instant);
        let date = wall.date();
        if self.days_off.iter().any(|(first, last)| (*first..=*last).contains(&date))
            || self.times_off.iter().any(|(from, to)| *from <= at && at < *to)
        {
            return Some(UnavailableReason::Absent);
        }
        if self.holidays.contains(&date) {
            return Some(UnavailableReason::Holiday);
        }
        let clock = i32::from(wall.hour()) * 60 + i32::from(wall.minute());
        let works = self.weekly.as_ref().is_none_or(|weekly| {
            let mut on_day = weekly.iter().filter(|(day, _, _)| *day == wall.weekday());
            on_day.any(|(_, from, to)| (*from..*to).contains(&clock))
        });
        (!works).then_some(UnavailableReason::OutsideWorkingHours)
    }
}

fn weekday(text: &str) -> Weekday {
    let mut day = Weekday::Monday.cycle_forward();
    let name = |day: &Weekday| format!("{day:?}").to_lowercase();
    day.find(|day| name(day) == text).unwrap()
}

fn minute(text: &str) -> i32 {
    let (hour, minute) = text.split_once(':').unwrap();
    hour.parse::<i32>().unwrap() * 60 + minute.parse::<i32>().unwrap()
}
