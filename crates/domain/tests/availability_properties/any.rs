//! Any schedule, in zones and at times where clocks are put forward and back.

use evenhand_domain::availability::{AbsenceInput, HoursInput, ScheduleInput, Weekday};
use evenhand_domain::clock::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;

/// A zone and days near which something happens to its clocks, or its calendar.
const PLACES: &[(&str, &[&str])] = &[
    ("Europe/London", &["2026-03-29", "2026-10-25", "2028-02-29"]),
    ("Africa/Cairo", &["2026-04-24", "2026-10-30"]),
    ("Asia/Beirut", &["2026-03-29", "2026-10-25"]),
    ("America/Santiago", &["2026-04-05", "2026-09-06"]),
    ("America/Havana", &["2026-03-08", "2026-11-01"]),
    ("Asia/Kathmandu", &["2026-06-15", "1986-01-01"]),
    ("Pacific/Chatham", &["2026-04-05", "2026-09-27"]),
    ("Australia/Lord_Howe", &["2026-04-05", "2026-10-04"]),
    // Put back at 00:01, into the day before.
    ("America/St_Johns", &["2010-11-07", "2010-03-14"]),
    ("Pacific/Apia", &["2011-12-30"]),
    ("Africa/Casablanca", &["2026-02-15", "2026-03-22"]),
    ("America/Phoenix", &["2026-12-31"]),
    ("UTC", &["2028-02-29"]),
];

/// What a user and their organization set, and a whole minute to look from.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) schedule: ScheduleInput,
    pub(crate) holidays: Vec<String>,
    pub(crate) from: Timestamp,
}

pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    let near = || -4_i64..6;
    (
        place(),
        prop::option::weighted(0.9, weekly()),
        prop::collection::vec((near(), near(), 0_i64..1440, 0_i64..1440, any::<bool>()), 0..4),
        prop::collection::btree_set(near(), 0..3),
        -4_000_i64..1_000,
    )
        .prop_map(|((zone, noon, date), weekly, absences, holidays, from)| {
            let on = |days: i64| date.checked_add(days.days()).unwrap().to_string();
            let at = |minutes: i64| noon.shifted(minutes * MINUTE);
            let absences = absences.into_iter().map(|(day, other, minute, another, dates)| {
                let (first, last) = (day.min(other), day.max(other));
                let (from, to) = if dates {
                    (on(first), on(last))
                } else {
                    let from = at(first * 1440 + minute);
                    (from.to_rfc3339(), from.shifted((another + 1) * MINUTE).to_rfc3339())
                };
                AbsenceInput { from: Some(from), to: Some(to), note: Some("private".to_owned()) }
            });
            Scene {
                schedule: ScheduleInput {
                    time_zone: Some(zone.to_owned()),
                    weekly,
                    absences: absences.collect(),
                },
                holidays: holidays.into_iter().map(on).collect(),
                from: at(from),
            }
        })
}

fn place() -> impl Strategy<Value = (&'static str, Timestamp, Date)> {
    let places = PLACES.iter().flat_map(|(zone, days)| days.iter().map(move |day| (*zone, *day)));
    prop::sample::select(places.collect::<Vec<_>>()).prop_map(|(zone, day)| {
        let noon = Timestamp::from_rfc3339(&format!("{day}T12:00:00Z")).unwrap();
        (zone, noon, day.parse().unwrap())
    })
}

/// Up to five intervals a day that do not overlap, and may touch, in any order. Half of the times
/// are in the small hours, where clocks are changed.
fn weekly() -> impl Strategy<Value = Vec<HoursInput>> {
    let minute = prop_oneof![0_u16..=190, 0_u16..=1440, Just(0), Just(1440)];
    let cuts = prop::collection::btree_set(minute, 0..=6);
    let week = prop::collection::vec((cuts, any::<bool>()), 7);
    let hours = week.prop_map(|week| {
        let mut hours = Vec::new();
        for (day, (cuts, touching)) in Weekday::ALL.iter().zip(week) {
            let cuts: Vec<u16> = cuts.into_iter().collect();
            for (from, to) in
                cuts.iter().zip(&cuts[1.min(cuts.len())..]).step_by(2 - usize::from(touching))
            {
                let clock = |minute: &u16| Some(format!("{:02}:{:02}", minute / 60, minute % 60));
                hours.push(HoursInput {
                    day: Some(day.as_str().to_owned()),
                    from: clock(from),
                    to: clock(to),
                });
            }
        }
        hours
    });
    hours.prop_shuffle()
}
