//! Time as the tests need it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Span, Timestamp};

/// A time zone in which it is about noon: so that no test runs across a local midnight.
pub(crate) fn zone_at_noon() -> String {
    let hour = i64::try_from(now().as_secs() / 3600 % 24).unwrap();
    let east_of_greenwich = 12 - hour;
    // The names of these zones count hours west.
    format!("Etc/GMT{:+}", -east_of_greenwich)
}

/// The local day at an instant, e.g. `2026-11-21`.
#[track_caller]
pub(crate) fn local_day(instant: &str, zone: &str) -> String {
    parse(instant).in_tz(zone).unwrap().date().to_string()
}

/// An instant some hours after another.
#[track_caller]
pub(crate) fn hours_after(instant: &str, hours: i64) -> String {
    parse(instant).checked_add(Span::new().hours(hours)).unwrap().to_string()
}

/// What the server's clock has to be ahead by for an instant to be in two seconds.
#[track_caller]
pub(crate) fn offset_shortly_before(instant: &str) -> String {
    let now = i64::try_from(now().as_secs()).unwrap();
    format!("+{}s", parse(instant).as_second() - now - 2)
}

/// Panics unless the text is an instant as the API writes it: UTC, microseconds, `Z`.
#[track_caller]
pub(crate) fn expect_instant(text: &str) {
    parse(text);
    let digits = text.strip_suffix('Z').and_then(|rest| rest.rsplit_once('.'));
    let (seconds, micros) = digits.unwrap_or_else(|| panic!("no fraction and Z: {text}"));
    assert_eq!((seconds.len(), micros.len()), (19, 6), "not to the microsecond: {text}");
}

#[track_caller]
fn parse(instant: &str) -> Timestamp {
    instant.parse().unwrap_or_else(|error| panic!("no instant: {instant}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "the tests ask once where on Earth it is noon")]
fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}
