//! The organization's local calendar. The only place that knows time zones; zone data is the one
//! bundled with `jiff`, so that every replica agrees on where midnight is.

mod wall_clock;

pub(crate) use wall_clock::MICROS_PER_DAY;
pub use wall_clock::{NotADate, Stretch, WallTime};

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::clock::Timestamp;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A calendar day of an organization: days since 1970-01-01, without a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LocalDay(i32);

impl LocalDay {
    /// The day that lies `days` after 1970-01-01.
    #[must_use]
    pub const fn from_number(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The month this day is in.
    #[must_use]
    pub fn month(self) -> LocalMonth {
        let date = self.date();
        LocalMonth(i32::from(date.year()) * 12 + i32::from(date.month()) - 1)
    }

    fn date(self) -> Date {
        let epoch = Date::constant(1970, 1, 1);
        jiff::Span::new()
            .try_days(self.0)
            .and_then(|days| epoch.checked_add(days))
            .unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }

    fn of(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        let days = date.since(epoch).map_or(0, |span| span.get_days());
        Self(days)
    }
}

/// `2026-11-21`.
impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

/// A calendar month: year × 12 + month − 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LocalMonth(i32);

impl LocalMonth {
    /// The month with this number.
    #[must_use]
    pub const fn from_number(months: i32) -> Self {
        Self(months)
    }

    /// Year × 12 + month − 1.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The first day of the month after.
    #[must_use]
    pub fn next_start(self) -> LocalDay {
        let next = self.0 + 1;
        let year = i16::try_from(next.div_euclid(12)).unwrap_or(9999);
        let month = i8::try_from(next.rem_euclid(12)).unwrap_or(0) + 1;
        LocalDay::of(Date::new(year, month, 1).unwrap_or(Date::MAX))
    }
}

/// An IANA time zone, e.g. `Europe/London`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The local day at an instant.
    #[must_use]
    pub fn local_day(&self, at: Timestamp) -> LocalDay {
        let instant = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        LocalDay::of(self.zone.to_datetime(instant).date())
    }

    /// The first instant of a local day. Where the day has no midnight it is the first instant
    /// that exists; where it has two, the earlier one.
    #[must_use]
    pub fn day_start(&self, day: LocalDay) -> Timestamp {
        let midnight = DateTime::from_parts(day.date(), Time::midnight());
        self.zone
            .to_ambiguous_timestamp(midnight)
            .compatible()
            .map_or(Timestamp::from_micros(i64::MAX), |at| {
                Timestamp::from_micros(at.as_microsecond())
            })
    }
}

/// Not the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an IANA time zone")]
pub struct UnknownZone;

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let zone = ZONES.get(name).map_err(|_| UnknownZone)?;
        let name = zone.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, zone })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_london_day_is_23_hours_in_march_and_25_in_october() {
        let london = zone("Europe/London");
        for (instant, hours) in [("2026-03-29T12:00:00Z", 23), ("2026-10-25T12:00:00Z", 25)] {
            let day = london.local_day(at(instant));
            let length = london.day_start(day.next()).micros() - london.day_start(day).micros();
            assert_eq!(length, hours * 3_600_000_000, "{instant}");
        }
    }

    #[test]
    fn a_day_without_a_midnight_starts_with_its_first_instant() {
        // Beirut's clocks jump from 00:00 to 01:00 on 2026-03-29.
        let beirut = zone("Asia/Beirut");
        let day = beirut.local_day(at("2026-03-29T12:00:00Z"));
        let start = beirut.day_start(day);
        assert_eq!(start, at("2026-03-28T22:00:00Z"));
        assert_eq!(beirut.local_day(start), day);
        assert!(beirut.local_day(start.shifted(-1)) < day);
    }

    #[test]
    fn a_day_with_two_midnights_starts_with_the_earlier_one() {
        // Havana's clocks go from 01:00 back to 00:00 on 2026-11-01.
        let havana = zone("America/Havana");
        let day = havana.local_day(at("2026-11-01T12:00:00Z"));
        assert_eq!(havana.day_start(day), at("2026-11-01T04:00:00Z"));
    }

    #[test]
    fn quarter_hour_zones_and_month_ends() {
        let kathmandu = zone("Asia/Kathmandu");
        assert_eq!(kathmandu.local_day(at("2026-01-31T18:15:00Z")).to_string(), "2026-02-01");
        assert_eq!(kathmandu.local_day(at("2026-01-31T18:14:59Z")).to_string(), "2026-01-31");
        let chatham = zone("Pacific/Chatham");
        let day = chatham.local_day(at("2026-12-31T10:15:00Z"));
        assert_eq!(day.to_string(), "2027-01-01");
        assert_eq!(day.month().next_start().to_string(), "2027-02-01");
        let december = LocalDay::from_number(day.number() - 1).month();
        assert_eq!(december.next_start(), day);
    }

    #[test]
    fn only_iana_names_are_zones() {
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!("".parse::<Zone>().is_err());
        assert_eq!(zone("europe/london").name(), "Europe/London");
    }
}
