//! How long somebody who keeps failing has to wait before the next try.
//!
//! An attempt is counted as a failure before it is looked at and given back when it succeeds, so
//! that any number of attempts at once get no further than one after the other.

use std::time::Duration;

use crate::clock::Timestamp;

/// How failures of one kind are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// So many attempts may fail before there is any waiting.
    pub free: u32,
    /// The wait after the last free one; it doubles with every further failure.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// The time without a failure after which all is forgotten.
    pub forgotten_after: Duration,
}

/// What is known of the failures of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many, attempts under way included.
    pub failures: u32,
    /// When the next attempt is taken.
    pub open_at: Timestamp,
    /// When all of this is forgotten.
    pub forgotten_at: Timestamp,
}

impl Tally {
    /// Nobody has failed.
    pub const EMPTY: Self = Self {
        failures: 0,
        open_at: Timestamp::from_micros(0),
        forgotten_at: Timestamp::from_micros(0),
    };

    /// How long it is until an attempt is taken; `None` when it is taken now.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let micros = self.open_at.micros().saturating_sub(now.micros());
        u64::try_from(micros).ok().filter(|micros| *micros > 0).map(Duration::from_micros)
    }

    /// The tally with an attempt that is under way and counts as a failure until it succeeds.
    #[must_use]
    pub fn with_attempt(&self, rule: &Rule, now: Timestamp) -> Self {
        let before = if now >= self.forgotten_at { 0 } else { self.failures };
        let failures = before.saturating_add(1);
        Self {
            failures,
            open_at: rule.wait_after(failures).map_or(self.open_at, |wait| now.after(wait)),
            forgotten_at: now.after(rule.forgotten_after),
        }
    }
}

impl Rule {
    /// The wait after so many failures; `None` = none.
    #[must_use]
    pub fn wait_after(&self, failures: u32) -> Option<Duration> {
        let doublings = failures.checked_sub(self.free)?;
        let wait = 2_u32.checked_pow(doublings).and_then(|times| self.first.checked_mul(times));
        Some(wait.map_or(self.longest, |wait| wait.min(self.longest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        free: 5,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(900),
        forgotten_after: Duration::from_secs(86_400),
    };

    #[test]
    fn the_wait_doubles_up_to_the_longest() {
        let waits: Vec<u64> =
            (0..18).map(|failures| RULE.wait_after(failures).map_or(0, |w| w.as_secs())).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(RULE.wait_after(u32::MAX), Some(RULE.longest));
    }

    #[test]
    fn at_once_no_more_are_taken_than_are_free() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let (mut tally, mut taken) = (Tally::EMPTY, 0);
        for _ in 0..100 {
            if tally.wait(now).is_none() {
                tally = tally.with_attempt(&RULE, now);
                taken += 1;
            }
        }
        assert_eq!(taken, RULE.free);
        assert_eq!(tally.wait(now), Some(RULE.first));
        assert_eq!(tally.wait(now.after(RULE.first)), None);
    }

    #[test]
    fn who_has_not_failed_for_long_starts_anew() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let tally = (0..20).fold(Tally::EMPTY, |tally, _| tally.with_attempt(&RULE, now));
        assert_eq!(tally.failures, 20);
        let later = now.after(RULE.forgotten_after);
        assert_eq!(tally.with_attempt(&RULE, later).failures, 1);
        assert_eq!(tally.with_attempt(&RULE, later).wait(later), None);
    }
}
