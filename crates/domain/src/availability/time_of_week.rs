//! What a row of working hours is made of: a weekday and times of day.

use std::fmt;

use super::bounds;
use crate::calendar::LocalDay;
use crate::text::{ValueFault, required_line};
use crate::user::coded;

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MINUTES_PER_DAY: u16 = 24 * 60;

coded! {
    /// A day of the week; the order is that of ISO 8601.
    Weekday {
        /// Monday.
        Monday = 1 "monday",
        /// Tuesday.
        Tuesday = 2 "tuesday",
        /// Wednesday.
        Wednesday = 3 "wednesday",
        /// Thursday.
        Thursday = 4 "thursday",
        /// Friday.
        Friday = 5 "friday",
        /// Saturday.
        Saturday = 6 "saturday",
        /// Sunday.
        Sunday = 7 "sunday",
    }
}

impl Weekday {
    /// The weekday of a local day.
    #[must_use]
    pub fn of(day: LocalDay) -> Self {
        // 1970-01-01 was a Thursday.
        match day.number().rem_euclid(7) {
            0 => Self::Thursday,
            1 => Self::Friday,
            2 => Self::Saturday,
            3 => Self::Sunday,
            4 => Self::Monday,
            5 => Self::Tuesday,
            _ => Self::Wednesday,
        }
    }

    /// Reads the API's word for one.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, ValueFault> {
        let text = required_line(text.unwrap_or_default(), bounds::LINE)?;
        Self::from_text(&text)
            .ok_or_else(|| ("invalid_value", "expected a weekday, e.g. monday".to_owned()))
    }
}

/// Minutes since midnight as a clock shows them, `0..=1440`; 1440 is 24:00, the day's end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Minute(u16);

impl Minute {
    /// Reads `09:00`; `24:00` only as an end.
    pub(super) fn parse(text: Option<&str>, is_end: bool) -> Result<Self, ValueFault> {
        let invalid = || {
            let last = if is_end { "24:00" } else { "23:59" };
            ("invalid_value", format!("expected a time of day from 00:00 to {last}"))
        };
        let text = required_line(text.unwrap_or_default(), bounds::LINE)?;
        let (hour, minute) = text.split_once(':').ok_or_else(invalid)?;
        let number = |digits: &str| {
            let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|_| two).ok_or_else(invalid)
        };
        let (hour, minute) = (number(hour)?, number(minute)?);
        let minutes = hour * 60 + minute;
        let last = if is_end { MINUTES_PER_DAY } else { MINUTES_PER_DAY - 1 };
        if minute > 59 || minutes > last { Err(invalid()) } else { Ok(Self(minutes)) }
    }

    pub(super) const fn minutes(self) -> u16 {
        self.0
    }

    pub(super) fn micros(self) -> i64 {
        i64::from(self.0) * MICROS_PER_MINUTE
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_two_digits_each_and_24_00_is_only_an_end() {
        for wrong in ["0900", "09:0", "09:60", "-1:00", "+9:00", "25:00", "09:00:00", "09:00Z"] {
            let fault = Minute::parse(Some(wrong), true).map_err(|(code, _)| code);
            assert_eq!(fault, Err("invalid_value"), "{wrong}");
        }
        assert_eq!(Minute::parse(Some("24:00"), true), Ok(Minute(1440)));
        assert!(Minute::parse(Some("24:00"), false).is_err());
        assert!(Minute::parse(Some("24:01"), true).is_err());
        assert_eq!(Minute::parse(Some("00:00"), false).unwrap().to_string(), "00:00");
    }

    #[test]
    fn weekdays_are_those_of_the_calendar() {
        for (date, weekday) in [
            ("1969-12-31", Weekday::Wednesday),
            ("1970-01-01", Weekday::Thursday),
            ("2028-02-29", Weekday::Tuesday),
            ("2026-11-21", Weekday::Saturday),
        ] {
            assert_eq!(Weekday::of(date.parse().unwrap()), weekday, "{date}");
        }
    }
}
