//! Times at which a user is away although they would be working.

use super::bounds;
use super::schedule::AbsenceInput;
use crate::calendar::{LocalDay, MICROS_PER_DAY, Stretch, Zone};
use crate::clock::Timestamp;
use crate::error::Faults;
use crate::text::{ValueFault, line, required_line};

/// From when to when somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// On these days of the user's calendar, both included.
    Days {
        /// The first day away.
        first: LocalDay,
        /// The last day away.
        last: LocalDay,
    },
    /// From one instant until another, at which they are back.
    Instants {
        /// The first instant away.
        from: Timestamp,
        /// The first instant back.
        to: Timestamp,
    },
}

impl Away {
    /// Whether somebody is away at an instant, whose day is `day`.
    pub(super) fn holds(self, at: Timestamp, day: LocalDay) -> bool {
        match self {
            Self::Days { first, last } => (first..=last).contains(&day),
            Self::Instants { from, to } => (from..to).contains(&at),
        }
    }

    /// When it begins, if the clocks run on as in `stretch`.
    pub(super) fn start(self, stretch: &Stretch) -> Timestamp {
        match self {
            Self::Days { first, .. } => stretch.instant(first, 0),
            Self::Instants { from, .. } => from,
        }
    }

    /// When it is over, if the clocks run on as in `stretch`.
    pub(super) fn end(self, stretch: &Stretch) -> Timestamp {
        match self {
            Self::Days { last, .. } => stretch.instant(last.next(), 0),
            Self::Instants { to, .. } => to,
        }
    }

    /// Whether it ends after it begins, and how long it is in days, rounded down.
    fn length(self) -> (bool, i64) {
        match self {
            Self::Days { first, last } => {
                (first <= last, i64::from(last.number()) - i64::from(first.number()) + 1)
            }
            Self::Instants { from, to } => {
                (from < to, to.micros().saturating_sub(from.micros()) / MICROS_PER_DAY)
            }
        }
    }
}

/// A time away and what the user notes on it, which is for themselves and whoever plans with them:
/// no answer on availability and nothing compiled from it holds the note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// From when to when.
    pub away: Away,
    /// Personal.
    pub note: Option<String>,
}

impl Absence {
    /// Reads a user's absences, noting every fault below `/absences`: `required`,
    /// `invalid_value`, `mixed_dates_and_instants`, `ends_before_start`, `too_long`, `too_many`,
    /// `forbidden_character`. Absences may overlap.
    pub(super) fn parse_all(inputs: &[AbsenceInput], faults: &mut Faults) -> Vec<Self> {
        if inputs.len() > bounds::ABSENCES {
            faults.add("/absences", "too_many", format!("at most {} absences", bounds::ABSENCES));
            return Vec::new();
        }
        let inputs = inputs.iter().enumerate();
        inputs.filter_map(|(place, input)| Self::parse(input, place, faults)).collect()
    }

    fn parse(input: &AbsenceInput, place: usize, faults: &mut Faults) -> Option<Self> {
        let pointer = |field: &str| format!("/absences/{place}/{field}");
        let from = faults.keep(&pointer("from"), point(input.from.as_deref()));
        let to = faults.keep(&pointer("to"), point(input.to.as_deref()));
        let note = line(input.note.as_deref().unwrap_or_default(), bounds::LINE);
        let note = faults.keep(&pointer("note"), note);
        let away = match (from?, to?) {
            (Point::Day(first), Point::Day(last)) => Away::Days { first, last },
            (Point::Instant(from), Point::Instant(to)) => Away::Instants { from, to },
            _ => {
                let detail = "`from` and `to` are either both dates or both instants";
                faults.add(pointer("to"), "mixed_dates_and_instants", detail);
                return None;
            }
        };
        let (forwards, days) = away.length();
        if !forwards {
            let detail = match away {
                Away::Days { .. } => "must not be earlier than `from`",
                Away::Instants { .. } => "must be later than `from`",
            };
            faults.add(pointer("to"), "ends_before_start", detail);
            return None;
        }
        if days > i64::from(bounds::ABSENCE_DAYS) {
            let detail = format!("at most {} days", bounds::ABSENCE_DAYS);
            faults.add(pointer("to"), "too_long", detail);
            return None;
        }
        Some(Self { away, note: note? })
    }

    /// The API's form.
    pub(super) fn render(&self) -> AbsenceInput {
        let (from, to) = match self.away {
            Away::Days { first, last } => (first.to_string(), last.to_string()),
            Away::Instants { from, to } => (from.to_rfc3339(), to.to_rfc3339()),
        };
        AbsenceInput { from: Some(from), to: Some(to), note: self.note.clone() }
    }

    /// When it begins and ends in a zone: the order in which absences are kept and shown.
    pub(super) fn order(&self, zone: &Zone) -> (Timestamp, Timestamp) {
        match self.away {
            Away::Days { first, last } => (zone.day_start(first), zone.day_start(last.next())),
            Away::Instants { from, to } => (from, to),
        }
    }
}

enum Point {
    Day(LocalDay),
    Instant(Timestamp),
}

fn point(text: Option<&str>) -> Result<Point, ValueFault> {
    let text = required_line(text.unwrap_or_default(), bounds::LINE)?;
    let day = text.parse().map(Point::Day).ok();
    day.or_else(|| Timestamp::from_rfc3339(&text).map(Point::Instant)).ok_or_else(|| {
        let detail = "expected a date, e.g. 2026-12-24, or an RFC 3339 instant, \
                      e.g. 2026-12-24T12:00:00Z";
        ("invalid_value", detail.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rows: &[(&str, &str, &str)]) -> Vec<(String, &'static str)> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let inputs: Vec<AbsenceInput> = rows
            .iter()
            .map(|(from, to, note)| AbsenceInput {
                from: given(from),
                to: given(to),
                note: given(note),
            })
            .collect();
        let mut faults = Faults::default();
        let absences = Absence::parse_all(&inputs, &mut faults);
        assert!(absences.len() == inputs.len() || !faults.is_empty());
        faults.as_slice().iter().map(|fault| (fault.pointer.clone(), fault.code)).collect()
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let long = "x".repeat(bounds::LINE + 1);
        let found = faults(&[
            ("2026-12-24", "2026-12-24", "one day"),
            ("2026-12-24", "2026-12-23", ""),
            ("2026-12-24T12:00:00Z", "2026-12-24T13:00:00+01:00", ""),
            ("2027-02-29", "", &long),
            ("2026-12-24", "2026-12-24T12:00:00Z", ""),
            ("2026-01-01", "2031-01-05", ""),
            ("2026-01-01T00:00:00Z", "2032-01-05T00:00:00Z", ""),
            ("tomorrow", "2026-12-24T12:00", "a\nb"),
        ]);
        let expected = [
            ("1/to", "ends_before_start"),
            ("2/to", "ends_before_start"),
            ("3/from", "invalid_value"),
            ("3/to", "required"),
            ("3/note", "too_long"),
            ("4/to", "mixed_dates_and_instants"),
            ("5/to", "too_long"),
            ("6/to", "too_long"),
            ("7/from", "invalid_value"),
            ("7/to", "invalid_value"),
            ("7/note", "forbidden_character"),
        ];
        let expected = expected.map(|(at, code)| (format!("/absences/{at}"), code));
        assert_eq!(found, expected);
    }

    #[test]
    fn five_years_are_the_longest_and_absences_may_overlap() {
        assert_eq!(
            faults(&[("2026-01-01", "2031-01-04", ""), ("2026-02-01", "2026-02-02", "")]),
            []
        );
    }

    #[test]
    fn a_flood_of_absences_is_refused_as_one() {
        let rows = vec![("2026-01-01", "2026-01-01", ""); bounds::ABSENCES + 1];
        assert_eq!(faults(&rows), [("/absences".to_owned(), "too_many")]);
    }
}
