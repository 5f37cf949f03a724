//! Working time agrees with a model that asks the calendar anew for every minute, whatever the
//! schedule, around every way in which clocks are changed.
//!
//! All that can change availability here falls on whole minutes, so that a minute's first and
//! last instants stand for all of it.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "availability_properties/any.rs"]
mod any;
#[path = "availability_properties/model.rs"]
mod model;

use any::{Scene, scene};
use evenhand_domain::availability::{
    AbsenceInput, Availability, HolidayInput, Holidays, HoursInput, Schedule, ScheduleInput,
    WorkingTime,
};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use model::Model;
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;
const DAYS: u32 = 4;
const MINUTES: i64 = DAYS as i64 * 1440;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn read(scene: &Scene) -> (Schedule, Holidays) {
    let mut faults = Faults::default();
    let schedule = Schedule::parse(&scene.schedule, &mut faults);
    let holidays: Vec<HolidayInput> = scene
        .holidays
        .iter()
        .map(|date| HolidayInput { date: Some(date.clone()), name: None })
        .collect();
    let holidays = Holidays::parse(&holidays, "/holidays", &mut faults);
    assert!(faults.is_empty(), "{faults}");
    (schedule.unwrap(), holidays.unwrap())
}

/// What the model says of each minute of the window.
fn minutes(scene: &Scene) -> Vec<bool> {
    let model = Model::new(&scene.schedule, &scene.holidays);
    (0..MINUTES).map(|minute| model.reason(at(scene, minute)).is_none()).collect()
}

fn at(scene: &Scene, minute: i64) -> Timestamp {
    scene.from.shifted(minute * MINUTE)
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn every_minute_is_as_the_model_says(scene in scene()) {
        let (schedule, holidays) = read(&scene);
        let time = WorkingTime::new(&schedule, &holidays);
        let model = Model::new(&scene.schedule, &scene.holidays);
        for minute in 0..MINUTES {
            let start = at(&scene, minute);
            let reason = model.reason(start);
            prop_assert_eq!(time.is_available(start), reason.is_none(), "{}", start);
            let last = start.shifted(MINUTE - 1);
            prop_assert_eq!(time.is_available(last), reason.is_none(), "{}", last);
            if minute % 60 == 0 {
                let told = match time.availability(start) {
                    Availability::Available => None,
                    Availability::Unavailable { reason, .. } => Some(reason),
                };
                prop_assert_eq!(told, reason, "{}", start);
            }
        }
    }

    /// From any instant: the next available one is, nothing before it is, and availability
    /// changes exactly at the next change.
    #[test]
    fn next_moments_are_exact(
        scene in scene(),
        instants in prop::collection::vec((0..MINUTES, 0..MINUTE), 30),
    ) {
        let (schedule, holidays) = read(&scene);
        let time = WorkingTime::new(&schedule, &holidays);
        let minutes = minutes(&scene);
        for (minute, micros) in instants {
            let from = at(&scene, minute).shifted(micros);
            let now = minutes[usize::try_from(minute).unwrap()];
            let first = |available: bool| {
                let found = (minute + 1..MINUTES).find(|minute| {
                    minutes[usize::try_from(*minute).unwrap()] == available
                });
                found.map(|minute| at(&scene, minute))
            };
            let end = at(&scene, MINUTES);
            let agrees = |told: Option<Timestamp>, expected: Option<Timestamp>| match expected {
                Some(expected) => told == Some(expected),
                // Not within the window: then behind it, if at all.
                None => told.is_none_or(|told| told >= end),
            };
            let (next, change) = (time.next_available(from), time.next_change(from));
            let expected = if now { Some(from) } else { first(true) };
            prop_assert!(agrees(next, expected), "{from}: {next:?}, {expected:?}");
            let expected = first(!now);
            prop_assert!(agrees(change, expected), "{from}: {change:?}, {expected:?}");
            prop_assert!(next.is_none_or(|next| time.is_available(next)));
            if let Some(change) = change {
                prop_assert_eq!(time.is_available(change), !now);
                prop_assert_eq!(time.is_available(change.shifted(-1)), now);
            }
            match time.availability(from) {
                Availability::Available => prop_assert!(now),
                Availability::Unavailable { until, .. } => {
                    prop_assert!(!now);
                    prop_assert_eq!(until, next);
                    prop_assert_eq!(until, change);
                }
            }
        }
    }

    /// The compiled form is the model's minutes joined, and canonical.
    #[test]
    fn compiled_spans_are_the_available_minutes(scene in scene(), cut in 0..=DAYS) {
        let (schedule, holidays) = read(&scene);
        let time = WorkingTime::new(&schedule, &holidays);
        let mut expected: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (minute, _) in (0..).zip(minutes(&scene)).filter(|(_, available)| *available) {
            let (start, end) = (at(&scene, minute), at(&scene, minute + 1));
            match expected.last_mut() {
                Some(last) if last.1 == start => last.1 = end,
                _ => expected.push((start, end)),
            }
        }
        prop_assert_eq!(&time.compile(scene.from, DAYS), &expected);

        // Two windows that meet are one.
        let seam = at(&scene, i64::from(cut) * 1440);
        let mut joined = time.compile(scene.from, cut);
        let mut rest = time.compile(seam, DAYS - cut).into_iter().peekable();
        if let (Some(last), Some(first)) = (joined.last_mut(), rest.peek())
            && last.1 == first.0
        {
            last.1 = first.1;
            rest.next();
        }
        joined.extend(rest);
        prop_assert_eq!(joined, expected);
    }

    #[test]
    fn a_schedule_shown_is_read_back_the_same(scene in scene()) {
        let (schedule, _) = read(&scene);
        let shown = schedule.render();
        let stored = serde_json::to_string(&shown).unwrap();
        let read: ScheduleInput = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&read, &shown);
        let again = Schedule::parse(&read, &mut Faults::default());
        prop_assert_eq!(again.as_ref(), Some(&schedule));
        prop_assert_eq!(again.unwrap().render(), shown);
    }
}

fn word() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        "[0-2][0-9]:[0-5][0-9]".prop_map(Some),
        "20[2-3][0-9]-[01][0-9]-[0-3][0-9](T12:00:00Z)?".prop_map(Some),
        prop::sample::select(vec!["monday", "sunday", "UTC", "24:00"])
            .prop_map(|word| Some(word.to_owned())),
        any::<String>().prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(config(1000))]

    /// Whatever is sent: a schedule or faults, never both, each fault below what it is of; and a
    /// schedule that was read is one whose hours do not overlap.
    #[test]
    fn anything_is_either_read_or_refused_with_pointers(
        zone in word(),
        weekly in prop::option::of(prop::collection::vec((word(), word(), word()), 0..6)),
        absences in prop::collection::vec((word(), word(), word()), 0..6),
    ) {
        let rows = |rows: Vec<(Option<String>, Option<String>, Option<String>)>| {
            rows.into_iter().map(|(day, from, to)| HoursInput { day, from, to }).collect()
        };
        let away = |(from, to, note)| AbsenceInput { from, to, note };
        let input = ScheduleInput {
            time_zone: zone,
            weekly: weekly.map(rows),
            absences: absences.into_iter().map(away).collect(),
        };
        let mut faults = Faults::default();
        let schedule = Schedule::parse(&input, &mut faults);
        prop_assert_eq!(schedule.is_none(), !faults.is_empty());
        let shape = serde_json::to_value(&input).unwrap();
        for fault in faults.as_slice() {
            prop_assert!(shape.pointer(&fault.pointer).is_some(), "{}", fault.pointer);
        }
        for pair in schedule.iter().filter_map(Schedule::hours).flat_map(|h| h.intervals().windows(2)) {
            prop_assert!(pair[0].day() < pair[1].day() || pair[0].to_minute() <= pair[1].from_minute());
        }
    }
}
