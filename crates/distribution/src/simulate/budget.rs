//! How much work a dry run may be: it is asked for in a line, and a processor is kept busy by it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use evenhand_persistence::rotations::Rotation;

/// The most looks at a member of one dry run: 100,000 leads of a rotation of 1,000 fit in, with what
/// waits and what time passes.
const MOST_LOOKS: u64 = 400_000_000;

/// What it costs, in looks at a member, to find out when somebody works.
const SCHEDULE: u64 = 40;

/// What it costs to find the next chance of a waiting list.
const CHANCE: u64 = 4;

/// The same where it takes to find out when everybody works, many times.
const CHANCE_OF_HOURS: u64 = 400;

/// Why a dry run has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It is more work than is done for one question.
    TooMuch,
    /// Nobody waits for it any more.
    Abandoned,
}

/// The work that is left.
#[derive(Debug, Clone)]
pub struct Budget {
    looks: u64,
    abandoned: Arc<AtomicBool>,
}

impl Budget {
    /// All of it, until `abandoned` is set.
    #[must_use]
    pub const fn new(abandoned: Arc<AtomicBool>) -> Self {
        Self { looks: MOST_LOOKS, abandoned }
    }

    /// A decision of a rotation, or a question to it.
    pub(super) fn deal(&mut self, rotation: &Rotation) -> Result<(), Stopped> {
        self.decision(rotation.state.members.len())
    }

    /// The same of a rotation with so many members.
    pub(super) fn decision(&mut self, members: usize) -> Result<(), Stopped> {
        self.take(count(members).saturating_add(8))
    }

    pub(super) fn deals(&mut self, rotation: &Rotation, many: usize) -> Result<(), Stopped> {
        let each = count(rotation.state.members.len()).saturating_add(8);
        self.take(each.saturating_mul(count(many)))
    }

    /// A look when so many members work.
    pub(super) fn looks(&mut self, members: usize) -> Result<(), Stopped> {
        self.take(count(members).saturating_mul(SCHEDULE))
    }

    pub(super) fn chance(&mut self, rotation: &Rotation) -> Result<(), Stopped> {
        let respects = rotation.state.policy.respects_availability;
        let cost = if respects { CHANCE_OF_HOURS } else { CHANCE };
        self.take(count(rotation.state.members.len()).saturating_mul(cost))
    }

    fn take(&mut self, looks: u64) -> Result<(), Stopped> {
        if self.abandoned.load(Ordering::Relaxed) {
            return Err(Stopped::Abandoned);
        }
        self.looks = self.looks.checked_sub(looks).ok_or(Stopped::TooMuch)?;
        Ok(())
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_when_there_is_too_much_of_it_or_nobody_waits() {
        let abandoned = Arc::new(AtomicBool::new(false));
        let mut budget = Budget::new(Arc::clone(&abandoned));
        assert_eq!(budget.take(MOST_LOOKS), Ok(()));
        assert_eq!(budget.take(1), Err(Stopped::TooMuch));
        abandoned.store(true, Ordering::Relaxed);
        assert_eq!(budget.take(0), Err(Stopped::Abandoned));
    }
}
