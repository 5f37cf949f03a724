//! Working time where clocks are put forward and back, against times worked out by hand.

use super::*;
use crate::clock::Timestamp;
use crate::error::Faults;

fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

/// `hours`: `sunday 09:00 17:00`, or the one word `any`; `absences`: `2026-12-24 2026-12-31`.
fn schedule(zone: &str, hours: &[&str], absences: &[&str]) -> Schedule {
    let word = |text: &str, place| text.split(' ').nth(place).map(str::to_owned);
    let weekly = hours.iter().map(|text| HoursInput {
        day: word(text, 0),
        from: word(text, 1),
        to: word(text, 2),
    });
    let absences = absences.iter().map(|text| AbsenceInput {
        from: word(text, 0),
        to: word(text, 1),
        note: Some("knee surgery".to_owned()),
    });
    let input = ScheduleInput {
        time_zone: Some(zone.to_owned()),
        weekly: (hours != ["any"]).then(|| weekly.collect()),
        absences: absences.collect(),
    };
    let mut faults = Faults::default();
    Schedule::parse(&input, &mut faults).unwrap_or_else(|| panic!("{faults}"))
}

fn holidays(dates: &[&str]) -> Holidays {
    let inputs: Vec<HolidayInput> = dates
        .iter()
        .map(|date| HolidayInput { date: Some((*date).to_owned()), name: None })
        .collect();
    Holidays::parse(&inputs, "", &mut Faults::default()).unwrap()
}

/// The available spans of a window, `MM-DDTHH:MM` in UTC.
fn spans(schedule: &Schedule, holidays: &Holidays, from: &str, days: u32) -> Vec<String> {
    let time = WorkingTime::new(schedule, holidays);
    let spans = time.compile(at(from), days);
    let short = |at: Timestamp| at.to_rfc3339()[5..16].to_owned();
    spans.into_iter().map(|(start, end)| format!("{} {}", short(start), short(end))).collect()
}

fn days(zone: &str, hours: &[&str], from: &str, days: u32) -> Vec<String> {
    spans(&schedule(zone, hours, &[]), &Holidays::default(), from, days)
}

#[test]
fn hours_that_begin_in_a_gap_begin_when_it_ends() {
    // London's clocks jump from 01:00 to 02:00 on Sunday 2026-03-29, at 01:00 UTC.
    let found = days("Europe/London", &["sunday 01:30 03:00"], "2026-03-28T12:00:00Z", 8);
    assert_eq!(found, ["03-29T01:00 03-29T02:00", "04-05T00:30 04-05T02:00"]);
    // Those wholly within it do not happen.
    let found = days("Europe/London", &["sunday 01:15 01:45"], "2026-03-28T12:00:00Z", 8);
    assert_eq!(found, ["04-05T00:15 04-05T00:45"]);
    // Those that end in it end when it begins; those around it are an hour shorter.
    let found = days(
        "Europe/London",
        &["sunday 00:00 01:20", "sunday 01:40 09:00"],
        "2026-03-28T12:00:00Z",
        2,
    );
    assert_eq!(found, ["03-29T00:00 03-29T08:00"]);
}

#[test]
fn hours_within_a_fold_happen_twice() {
    // London's clocks go from 02:00 back to 01:00 on Sunday 2026-10-25, at 01:00 UTC.
    let found = days("Europe/London", &["sunday 01:00 01:30"], "2026-10-24T12:00:00Z", 2);
    assert_eq!(found, ["10-25T00:00 10-25T00:30", "10-25T01:00 10-25T01:30"]);
    let found = days("Europe/London", &["sunday 01:30 03:00"], "2026-10-24T12:00:00Z", 2);
    assert_eq!(found, ["10-25T00:30 10-25T01:00", "10-25T01:30 10-25T03:00"]);
    let found = days("Europe/London", &["sunday 00:30 02:00"], "2026-10-24T12:00:00Z", 2);
    assert_eq!(found, ["10-24T23:30 10-25T02:00"]);
}

#[test]
fn days_without_a_midnight() {
    // Cairo: Friday 2026-04-24 begins at 01:00, at 22:00 UTC of the day before.
    let night = ["thursday 22:00 24:00", "friday 00:00 02:00"];
    let found = days("Africa/Cairo", &night, "2026-04-23T12:00:00Z", 2);
    assert_eq!(found, ["04-23T20:00 04-23T23:00"]);
    // Beirut: Sunday 2026-03-29 begins at 01:00, at 22:00 UTC of the day before.
    let found = days("Asia/Beirut", &["sunday 00:00 01:00"], "2026-03-28T12:00:00Z", 8);
    assert_eq!(found, ["04-04T21:00 04-04T22:00"]);
    // Santiago: Sunday 2026-09-06 begins at 01:00, at 04:00 UTC; a holiday on it does as well.
    let sunday = ["saturday 22:00 24:00", "sunday 00:00 03:00"];
    let santiago = schedule("America/Santiago", &sunday, &[]);
    let found = spans(&santiago, &Holidays::default(), "2026-09-05T12:00:00Z", 2);
    assert_eq!(found, ["09-06T02:00 09-06T06:00"]);
    let found = spans(&santiago, &holidays(&["2026-09-06"]), "2026-09-05T12:00:00Z", 2);
    assert_eq!(found, ["09-06T02:00 09-06T04:00"]);
}

#[test]
fn days_with_two_midnights_and_evenings_that_come_twice() {
    // Havana's clocks go from 01:00 back to 00:00 on Sunday 2026-11-01, at 05:00 UTC.
    let found = days("America/Havana", &["sunday 00:00 01:00"], "2026-10-31T12:00:00Z", 2);
    assert_eq!(found, ["11-01T04:00 11-01T06:00"]);
    let found = days("America/Havana", &["sunday 00:00 00:30"], "2026-10-31T12:00:00Z", 2);
    assert_eq!(found, ["11-01T04:00 11-01T04:30", "11-01T05:00 11-01T05:30"]);
    // Santiago's go from the end of Saturday 2026-04-04 back to 23:00, at 03:00 UTC.
    let found = days("America/Santiago", &["saturday 23:00 24:00"], "2026-04-04T12:00:00Z", 2);
    assert_eq!(found, ["04-05T02:00 04-05T04:00"]);
}

#[test]
fn quarter_hours_and_no_summer_time() {
    let day = ["monday 09:00 17:30"];
    let found = days("Asia/Kathmandu", &day, "2026-02-01T12:00:00Z", 2);
    assert_eq!(found, ["02-02T03:15 02-02T11:45"]);
    // Chatham is 13:45 ahead in its summer and 12:45 in its winter, from Sunday 2026-04-05 on.
    let found = days("Pacific/Chatham", &day, "2026-03-28T12:00:00Z", 10);
    assert_eq!(found, ["03-29T19:15 03-30T03:45", "04-05T20:15 04-06T04:45"]);
    let found = days("America/Phoenix", &day, "2026-03-06T12:00:00Z", 10);
    assert_eq!(found, ["03-09T16:00 03-10T00:30"]);
}

#[test]
fn a_holiday_is_that_date_where_the_user_is() {
    let christmas = holidays(&["2026-12-25"]);
    let auckland = schedule("Pacific/Auckland", &["any"], &[]);
    let found = spans(&auckland, &christmas, "2026-12-24T00:00:00Z", 3);
    assert_eq!(found, ["12-24T00:00 12-24T11:00", "12-25T11:00 12-27T00:00"]);
    let honolulu = schedule("Pacific/Honolulu", &["any"], &[]);
    let found = spans(&honolulu, &christmas, "2026-12-24T00:00:00Z", 3);
    assert_eq!(found, ["12-24T00:00 12-25T10:00", "12-26T10:00 12-27T00:00"]);
}

#[test]
fn the_last_day_of_an_absence_is_part_of_it_and_leap_days_count() {
    let absent = schedule("Europe/London", &["any"], &["2028-02-28 2028-02-29"]);
    let found = spans(&absent, &Holidays::default(), "2028-02-27T12:00:00Z", 3);
    assert_eq!(found, ["02-27T12:00 02-28T00:00", "03-01T00:00 03-01T12:00"]);
    // An absence of instants ends at its end.
    let absent = schedule("UTC", &["any"], &["2026-01-01T10:00:00Z 2026-01-01T11:00:00Z"]);
    let none = Holidays::default();
    let time = WorkingTime::new(&absent, &none);
    assert!(time.is_available(at("2026-01-01T11:00:00Z")));
    assert!(!time.is_available(at("2026-01-01T10:59:59.999999Z")));
    assert!(!time.is_available(at("2026-01-01T10:00:00Z")));
    assert!(time.is_available(at("2026-01-01T09:59:59.999999Z")));
}

#[test]
fn the_reason_is_the_first_that_holds_and_until_is_when_all_are_over() {
    let absent = schedule("UTC", &["friday 09:00 17:00"], &["2026-12-24 2026-12-24"]);
    let holidays = holidays(&["2026-12-24", "2026-12-25"]);
    let time = WorkingTime::new(&absent, &holidays);
    let back = Some(at("2027-01-01T09:00:00Z"));
    for (instant, reason) in [
        ("2026-12-23T12:00:00Z", UnavailableReason::OutsideWorkingHours),
        ("2026-12-24T12:00:00Z", UnavailableReason::Absent),
        ("2026-12-25T12:00:00Z", UnavailableReason::Holiday),
        ("2026-12-25T18:00:00Z", UnavailableReason::Holiday),
        ("2026-12-26T12:00:00Z", UnavailableReason::OutsideWorkingHours),
    ] {
        let expected = Availability::Unavailable { reason, until: back };
        assert_eq!(time.availability(at(instant)), expected, "{instant}");
    }
    assert_eq!(time.availability(at("2026-12-18T09:00:00Z")), Availability::Available);
    assert_eq!(time.next_change(at("2026-12-18T09:00:00Z")), Some(at("2026-12-18T17:00:00Z")));
}

#[test]
fn never_and_always() {
    let none = Holidays::default();
    let noon = at("2026-06-01T12:00:00Z");
    let idle = schedule("UTC", &[], &[]);
    let idle = WorkingTime::new(&idle, &none);
    assert_eq!((idle.next_available(noon), idle.next_change(noon)), (None, None));
    let reason = UnavailableReason::OutsideWorkingHours;
    assert_eq!(idle.availability(noon), Availability::Unavailable { reason, until: None });
    assert!(idle.compile(noon, 30).is_empty());

    let always = Schedule::any_time("UTC".parse().unwrap());
    let always = WorkingTime::new(&always, &none);
    assert_eq!((always.next_available(noon), always.next_change(noon)), (Some(noon), None));
    assert_eq!(always.compile(noon, 1), [(noon, at("2026-06-02T12:00:00Z"))]);
    assert!(always.compile(noon, 0).is_empty());
}

#[test]
fn the_end_of_an_absence_of_years_is_found() {
    let rows = [
        "2026-01-01 2030-12-31",
        "2030-12-30 2035-12-30",
        "2035-12-31T00:00:00Z 2036-01-02T00:00:00Z",
    ];
    let away = schedule("Europe/London", &["wednesday 09:00 12:00"], &rows);
    let none = Holidays::default();
    let time = WorkingTime::new(&away, &none);
    let back = Some(at("2036-01-02T09:00:00Z"));
    assert_eq!(time.next_available(at("2026-01-01T00:00:00Z")), back);
}

#[test]
fn a_day_that_a_zone_left_out_does_not_happen() {
    // Apia crossed the date line: Friday 2011-12-30 was left out.
    let hours = ["thursday 09:00 17:00", "friday 09:00 17:00", "saturday 09:00 17:00"];
    let found = days("Pacific/Apia", &hours, "2011-12-29T12:00:00Z", 3);
    assert_eq!(found, ["12-29T19:00 12-30T03:00", "12-30T19:00 12-31T03:00"]);
}

#[test]
fn the_ends_of_the_range_of_instants_harm_nothing() {
    let office = schedule("Pacific/Chatham", &["monday 09:00 17:00"], &["2026-01-01 2026-01-02"]);
    let none = Holidays::default();
    let time = WorkingTime::new(&office, &none);
    for extreme in [i64::MIN, i64::MAX, 253_402_300_799_999_999] {
        let extreme = Timestamp::from_micros(extreme);
        let (next, _) = (time.next_available(extreme), time.next_change(extreme));
        assert!(next.is_none_or(|next| time.is_available(next)));
        let _ = (time.compile(extreme, 3), time.availability(extreme));
    }
}

#[test]
fn nothing_compiled_or_answered_holds_a_note() {
    let away = schedule("UTC", &["any"], &["2026-01-01 2026-01-02"]);
    let none = Holidays::default();
    let time = WorkingTime::new(&away, &none);
    let noon = at("2026-01-01T12:00:00Z");
    let told = format!("{:?} {:?}", time.availability(noon), time.compile(noon, 3));
    assert!(!told.contains("knee") && told.contains("Absent"));
}
