//! Weekly working hours, as the clocks on the wall show them.

use super::bounds;
use super::schedule::HoursInput;
use super::time_of_week::{Minute, Weekday};
use crate::calendar::{MICROS_PER_DAY, WallTime};
use crate::error::Faults;

/// Hours on one weekday: the clock shows `from` or later, and not yet `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    day: Weekday,
    from: Minute,
    to: Minute,
}

impl Interval {
    /// The weekday.
    #[must_use]
    pub const fn day(&self) -> Weekday {
        self.day
    }

    /// Minutes after midnight at which it begins.
    #[must_use]
    pub const fn from_minute(&self) -> u16 {
        self.from.minutes()
    }

    /// Minutes after midnight at which it has ended; 1440 is the day's end.
    #[must_use]
    pub const fn to_minute(&self) -> u16 {
        self.to.minutes()
    }
}

/// The hours of a week: intervals that do not overlap, in order. Empty: works at no time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours(Vec<Interval>);

impl Hours {
    /// Reads the hours of a week, noting every fault below `/weekly`: `required`, `invalid_value`,
    /// `ends_before_start`, `overlap`, `too_many`.
    pub(super) fn parse(inputs: &[HoursInput], faults: &mut Faults) -> Self {
        if inputs.len() > bounds::INTERVALS {
            faults.add("/weekly", "too_many", format!("at most {} intervals", bounds::INTERVALS));
            return Self(Vec::new());
        }
        let parsed = inputs.iter().enumerate();
        let mut placed: Vec<(Interval, usize)> = parsed
            .filter_map(|(place, input)| Some((interval(input, place, faults)?, place)))
            .collect();
        placed.sort_unstable();
        for (place, other) in overlaps(&placed) {
            let detail = format!("overlaps the interval at /weekly/{other}");
            faults.add(format!("/weekly/{place}"), "overlap", detail);
        }
        Self(placed.into_iter().map(|(interval, _)| interval).collect())
    }

    /// The API's form, in the order of the week.
    pub(super) fn render(&self) -> Vec<HoursInput> {
        let render = |interval: &Interval| HoursInput {
            day: Some(interval.day.as_str().to_owned()),
            from: Some(interval.from.to_string()),
            to: Some(interval.to.to_string()),
        };
        self.0.iter().map(render).collect()
    }

    /// The intervals in the order of the week.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    /// Whether a clock shows working hours, and the time on the same day, in microseconds since
    /// midnight, until which that stays so at least.
    pub(super) fn at(&self, wall: WallTime) -> (bool, i64) {
        let day = Weekday::of(wall.day);
        for interval in self.0.iter().filter(|interval| interval.day == day) {
            if wall.micros < interval.from.micros() {
                return (false, interval.from.micros());
            }
            if wall.micros < interval.to.micros() {
                return (true, interval.to.micros());
            }
        }
        (false, MICROS_PER_DAY)
    }
}

fn interval(input: &HoursInput, place: usize, faults: &mut Faults) -> Option<Interval> {
    let pointer = |field: &str| format!("/weekly/{place}/{field}");
    let day = faults.keep(&pointer("day"), Weekday::parse(input.day.as_deref()));
    let from = faults.keep(&pointer("from"), Minute::parse(input.from.as_deref(), false));
    let to = faults.keep(&pointer("to"), Minute::parse(input.to.as_deref(), true));
    let interval = Interval { day: day?, from: from?, to: to? };
    if interval.from < interval.to {
        return Some(interval);
    }
    let detail = "must be later than `from`; hours past midnight are two intervals: \
                  one until 24:00 and one from 00:00 on the next day";
    faults.add(pointer("to"), "ends_before_start", detail);
    None
}

/// The places of intervals that overlap one before them in the week, each with that one's place;
/// of two, the one that stands later in the request is named as the fault.
fn overlaps(sorted: &[(Interval, usize)]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut widest: Option<(Interval, usize)> = None;
    for &(interval, place) in sorted {
        match widest {
            Some((before, other)) if before.day == interval.day && interval.from < before.to => {
                found.push((place.max(other), place.min(other)));
                if interval.to > before.to {
                    widest = Some((interval, place));
                }
            }
            _ => widest = Some((interval, place)),
        }
    }
    found.sort_unstable();
    found.dedup_by_key(|(place, _)| *place);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(rows: &[(&str, &str, &str)]) -> (Hours, Vec<(String, &'static str)>) {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let rows = rows.iter();
        let inputs: Vec<HoursInput> = rows
            .map(|(day, from, to)| HoursInput { day: given(day), from: given(from), to: given(to) })
            .collect();
        let mut faults = Faults::default();
        let hours = Hours::parse(&inputs, &mut faults);
        let faults = faults.as_slice().iter();
        (hours, faults.map(|fault| (fault.pointer.clone(), fault.code)).collect())
    }

    fn at(pointer: &str, code: &'static str) -> (String, &'static str) {
        (format!("/weekly/{pointer}"), code)
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let (_, faults) = parse(&[
            ("monday", "09:00", "17:30"),
            ("Monday", "9:00", "24:01"),
            ("", "24:00", ""),
            ("friday", "22:00", "06:00"),
            ("friday", "12:00", "12:00"),
            ("monday", "17:29", "18:00"),
        ]);
        let expected = [
            at("1/day", "invalid_value"),
            at("1/from", "invalid_value"),
            at("1/to", "invalid_value"),
            at("2/day", "required"),
            at("2/from", "invalid_value"),
            at("2/to", "required"),
            at("3/to", "ends_before_start"),
            at("4/to", "ends_before_start"),
            at("5", "overlap"),
        ];
        assert_eq!(faults, expected);
    }

    #[test]
    fn an_interval_may_overlap_several_and_is_named_once() {
        let (_, faults) = parse(&[
            ("tuesday", "09:00", "10:00"),
            ("tuesday", "11:00", "12:00"),
            ("tuesday", "08:00", "18:00"),
            ("wednesday", "08:00", "18:00"),
        ]);
        assert_eq!(faults, [at("2", "overlap")]);
        let (_, faults) = parse(&[
            ("tuesday", "08:00", "18:00"),
            ("tuesday", "09:00", "10:00"),
            ("tuesday", "17:00", "19:00"),
            ("tuesday", "18:30", "20:00"),
        ]);
        assert_eq!(faults, [at("1", "overlap"), at("2", "overlap"), at("3", "overlap")]);
    }

    #[test]
    fn intervals_that_touch_do_not_overlap_and_come_in_the_order_of_the_week() {
        let (hours, faults) = parse(&[
            ("saturday", "00:00", "06:00"),
            ("friday", "22:00", "24:00"),
            ("friday", "20:00", "22:00"),
        ]);
        assert!(faults.is_empty(), "{faults:?}");
        let minutes: Vec<(u16, u16)> = hours
            .intervals()
            .iter()
            .map(|interval| (interval.from_minute(), interval.to_minute()))
            .collect();
        assert_eq!(minutes, [(1200, 1320), (1320, 1440), (0, 360)]);
    }

    #[test]
    fn a_flood_of_intervals_is_refused_as_one() {
        let rows = vec![("monday", "09:00", "10:00"); bounds::INTERVALS + 1];
        let faults = parse(&rows).1;
        assert_eq!(faults, [("/weekly".to_owned(), "too_many")]);
    }
}
