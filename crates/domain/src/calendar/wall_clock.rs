//! What the clocks on a zone's walls show, and for how long they run straight on.

use std::str::FromStr;

use jiff::civil::Date;

use super::{LocalDay, Zone};
use crate::clock::Timestamp;

const MICROS_PER_SECOND: i64 = 1_000_000;
/// Of a day on which the clocks are not changed.
pub(crate) const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// What a clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallTime {
    /// Its calendar's day.
    pub day: LocalDay,
    /// Microseconds that it shows since midnight, in `0..86_400_000_000`.
    pub micros: i64,
}

/// A time during which a zone's clocks are not put forward or back: what they show is the instant
/// and a constant offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    offset: i64,
    end: Timestamp,
}

impl Stretch {
    /// The first instant at which other rules hold; the last instant of all where none follow.
    #[must_use]
    pub const fn end(&self) -> Timestamp {
        self.end
    }

    /// What the clocks show at an instant of the stretch.
    #[must_use]
    pub fn wall(&self, at: Timestamp) -> WallTime {
        let local = at.shifted(self.offset).micros();
        // 2^63 microseconds are 107 million days: the number always fits.
        let day = i32::try_from(local.div_euclid(MICROS_PER_DAY)).unwrap_or(i32::MAX);
        WallTime { day: LocalDay::from_number(day), micros: local.rem_euclid(MICROS_PER_DAY) }
    }

    /// The instant at which the clocks would show `micros` since the midnight that begins `day`,
    /// if they went on like this. It may lie outside the stretch.
    #[must_use]
    pub fn instant(&self, day: LocalDay, micros: i64) -> Timestamp {
        let midnight = i64::from(day.number()).saturating_mul(MICROS_PER_DAY);
        Timestamp::from_micros(midnight).shifted(micros).shifted(-self.offset)
    }
}

impl Zone {
    /// The stretch that `at` is in. It may begin earlier.
    #[must_use]
    pub fn stretch(&self, at: Timestamp) -> Stretch {
        let beyond = if at.micros() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        let instant = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(beyond);
        let offset = i64::from(self.zone.to_offset(instant).seconds()) * MICROS_PER_SECOND;
        let next = self.zone.following(instant).next();
        let end = next.map_or(i64::MAX, |next| next.timestamp().as_microsecond());
        Stretch { offset, end: Timestamp::from_micros(end) }
    }
}

/// Not a date written like `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date written like 2026-11-21")]
pub struct NotADate;

/// Reads `2026-11-21`, the years 1 to 9999, and nothing else that ISO 8601 would allow.
impl FromStr for LocalDay {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let shape = text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        if !shape || text.len() != 10 {
            return Err(NotADate);
        }
        let year = text[..4].parse().ok().filter(|year| *year > 0).ok_or(NotADate)?;
        let month = text[5..7].parse().map_err(|_| NotADate)?;
        let day = text[8..].parse().map_err(|_| NotADate)?;
        Date::new(year, month, day).map(Self::of).map_err(|_| NotADate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_stretch_ends_where_the_clocks_are_put_forward_or_back() {
        let london: Zone = "Europe/London".parse().unwrap();
        let winter = london.stretch(at("2026-03-29T00:59:59.999999Z"));
        assert_eq!(winter.end(), at("2026-03-29T01:00:00Z"));
        let summer = london.stretch(winter.end());
        assert_eq!(summer.end(), at("2026-10-25T01:00:00Z"));
        let shown = summer.wall(winter.end());
        assert_eq!((shown.day.to_string(), shown.micros), ("2026-03-29".to_owned(), 7_200_000_000));
        assert_eq!(summer.instant(shown.day, shown.micros), winter.end());
    }

    #[test]
    fn a_zone_without_changes_and_instants_beyond_the_calendar() {
        let phoenix: Zone = "America/Phoenix".parse().unwrap();
        assert_eq!(phoenix.stretch(at("2026-01-01T00:00:00Z")).end().micros(), i64::MAX);
        for extreme in [i64::MIN, i64::MAX] {
            let extreme = Timestamp::from_micros(extreme);
            assert!((0..MICROS_PER_DAY).contains(&phoenix.stretch(extreme).wall(extreme).micros));
        }
    }

    #[test]
    fn dates_are_read_strictly() {
        for date in ["2028-02-29", "0001-01-01", "9999-12-31", "1969-12-31"] {
            assert_eq!(date.parse::<LocalDay>().unwrap().to_string(), date);
        }
        for wrong in [
            "2027-02-29",
            "2026-2-01",
            "20260201",
            "2026-02-01T00:00:00",
            " 2026-02-01",
            "0000-01-01",
            "+026-01-01",
            "2026-13-01",
            "２０２6-01",
            "",
        ] {
            assert!(wrong.parse::<LocalDay>().is_err(), "{wrong}");
        }
    }
}
