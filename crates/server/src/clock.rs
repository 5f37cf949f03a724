//! Where time and randomness enter the program.

use std::time::SystemTime;

use evenhand_domain::clock::{Clock, Entropy, Timestamp};

/// The machine's clock, shifted by the configured offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock {
    /// Microseconds.
    pub(crate) offset: i64,
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
        let now = SystemTime::now();
        let micros = match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        Timestamp::from_micros(micros).shifted(self.offset)
    }
}

/// The operating system's random bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place where randomness enters")]
        let filled = getrandom::fill(bytes);
        if filled.is_err() {
            // Going on with predictable keys would be worse than not going on.
            std::process::abort();
        }
    }
}
