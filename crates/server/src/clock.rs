//! Where time and randomness enter the program.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use evenhand_domain::clock::{Clock, Entropy, Timestamp};

/// The machine's clock, shifted by the configured offset and by how far the database's clock is
/// ahead of it, so that replicas agree on what time it is.
#[derive(Debug)]
pub(crate) struct SystemClock {
    offset: i64,
    skew: AtomicI64,
}

impl SystemClock {
    /// `offset` in microseconds.
    pub(crate) const fn new(offset: i64) -> Self {
        Self { offset, skew: AtomicI64::new(0) }
    }

    /// Moves the clock by so many microseconds.
    pub(crate) fn adjust(&self, micros: i64) {
        self.skew.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
        let now = SystemTime::now();
        let micros = match now.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(_) => 0,
        };
        Timestamp::from_micros(micros)
            .shifted(self.offset)
            .shifted(self.skew.load(Ordering::Relaxed))
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
