//! When a letter that could not be sent is tried again.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;

/// Seconds after the first, second … attempt; after later ones the last.
const STEPS: [u64; 6] = [10, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 6 * 60 * 60];

/// What a letter that soon expires waits at most, so that it gets a few chances before.
const SHORTEST_SHARE: Duration = Duration::from_secs(60);

/// When to try again after `attempts` attempts; `None` when it would be too late. `random` spreads
/// letters that failed together over a fifth of the wait in both directions.
pub(super) fn next_attempt(
    now: Timestamp,
    attempts: i32,
    expires_at: Timestamp,
    random: u8,
) -> Option<Timestamp> {
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(STEPS.len() - 1);
    let left = expires_at.micros().saturating_sub(now.micros());
    let share = Duration::from_micros(u64::try_from(left / 4).unwrap_or(0));
    let wait = Duration::from_secs(STEPS[step]).min(share.max(SHORTEST_SHARE));
    let spread = 0.8 + 0.4 * f64::from(random) / f64::from(u8::MAX);
    Some(now.after(wait.mul_f64(spread))).filter(|at| *at < expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::letter::TRIED_FOR;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn attempts_until(expires_at: Timestamp, random: u8) -> Vec<u64> {
        let mut now = NOW;
        let mut waits = Vec::new();
        while let Some(at) =
            next_attempt(now, i32::try_from(waits.len()).unwrap() + 1, expires_at, random)
        {
            waits.push(u64::try_from(at.micros() - now.micros()).unwrap() / 1_000_000);
            now = at;
        }
        waits
    }

    #[test]
    fn waits_grow_and_end_with_the_letter() {
        for random in [0, 128, 255] {
            let waits = attempts_until(NOW.after(TRIED_FOR), random);
            let middle: Vec<u64> = waits.iter().take(6).copied().collect();
            for (wait, step) in middle.iter().zip(STEPS) {
                assert!((step * 4 / 5..=step * 6 / 5).contains(wait), "{waits:?}");
            }
            let total: u64 = waits.iter().sum();
            assert!(total < TRIED_FOR.as_secs() && total > TRIED_FOR.as_secs() - 180);
            assert!(waits.len() < 50, "{waits:?}");
        }
    }

    #[test]
    fn a_letter_with_little_time_is_tried_more_often() {
        let waits = attempts_until(NOW.after(Duration::from_secs(30 * 60)), 128);
        assert!(waits.iter().all(|wait| *wait <= 8 * 60), "{waits:?}");
        assert!(waits.len() > 8, "{waits:?}");
    }

    #[test]
    fn an_expired_letter_is_not_tried_again() {
        assert_eq!(next_attempt(NOW, 1, NOW, 0), None);
        assert_eq!(next_attempt(NOW, i32::MIN, NOW.before(TRIED_FOR), 0), None);
    }
}
