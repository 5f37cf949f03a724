//! Places at which a test makes the process die, as a power cut would. Compiled to nothing
//! without the feature `crash-points`, which no release has.

/// The rotations are locked, nothing is written.
pub const LOCKED: &str = "deal.locked";
/// Everything is written, nothing is committed.
pub const WRITTEN: &str = "deal.written";
/// Everything is committed, nobody has been told.
pub const COMMITTED: &str = "deal.committed";
/// Leads that change hands are written, nothing is committed.
pub const MOVED: &str = "move.written";
/// Leads that waited are dealt and committed.
pub const DRAINED: &str = "waiting.committed";
/// A step of an off-boarding is committed, the next has not begun.
pub const STEP_COMMITTED: &str = "off_boarding.committed";

#[cfg(feature = "crash-points")]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static ARMED: OnceLock<(String, AtomicU64)> = OnceLock::new();

    /// Arms `<point>:<n>`: the process dies when the point is passed for the n-th time. Returns
    /// whether the text was understood.
    pub fn arm(text: &str) -> bool {
        let Some((point, passes)) = text.split_once(':') else { return false };
        let Ok(passes) = passes.parse() else { return false };
        ARMED.set((point.to_owned(), AtomicU64::new(passes))).is_ok()
    }

    /// A place at which the process may have been told to die.
    pub fn point(name: &str) {
        if let Some((armed, left)) = ARMED.get()
            && armed == name
            && left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}

#[cfg(feature = "crash-points")]
pub use armed::{arm, point};

/// A place at which the process may have been told to die; nothing, without the feature.
#[cfg(not(feature = "crash-points"))]
pub const fn point(_name: &str) {}
