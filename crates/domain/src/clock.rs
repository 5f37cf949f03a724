//! Time and randomness as arguments. Ambient ones are banned by `clippy.toml`.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// 0001-01-01T00:00:00Z and the last microsecond of 9999, in UTC.
const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;

const RFC3339_MICROS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

impl Timestamp {
    /// An instant from microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This instant moved by a signed number of microseconds; stops at the ends of the range.
    #[must_use]
    pub const fn shifted(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// This instant moved later by `duration`.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros_of(duration)))
    }

    /// This instant moved earlier by `duration`.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros_of(duration)))
    }

    /// RFC 3339 in UTC with microseconds, ending in `Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .ok()
            .and_then(|at| at.format(RFC3339_MICROS).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// Reads any RFC 3339 instant; `None` when the text is not one, or lies outside the years
    /// 1–9999 in UTC, where it could not be written again. Digits finer than microseconds are cut
    /// off.
    #[must_use]
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let at =
            OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()?;
        let micros = i64::try_from(at.unix_timestamp_nanos().div_euclid(1000)).ok()?;
        (FIRST..=LAST).contains(&micros).then_some(Self(micros))
    }
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Says what time it is.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Supplies unpredictable bytes, fit for keys and tokens.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_in_utc_with_microseconds() {
        let at = Timestamp::from_micros(1_700_000_000_000_001);
        assert_eq!(at.to_rfc3339(), "2023-11-14T22:13:20.000001Z");
        assert_eq!(Timestamp::from_rfc3339("2023-11-14T23:13:20.0000019+01:00"), Some(at));
    }

    #[test]
    fn an_instant_that_cannot_be_written_is_none() {
        assert_eq!(Timestamp::from_rfc3339("9999-12-31T23:59:59-14:00"), None);
        assert_eq!(Timestamp::from_rfc3339("0001-01-01T00:00:00+01:00"), None);
        let last = Timestamp::from_rfc3339("9999-12-31T23:59:59.999999Z").unwrap();
        assert_eq!(last.to_rfc3339(), "9999-12-31T23:59:59.999999Z");
    }
}
