//! How a batch goes: whom it waits for, what it has to do with those before and after it, and why it may
//! fail as a whole.

use std::sync::atomic::{AtomicBool, Ordering};

use evenhand_persistence::Error as StoreError;

use crate::ahead::Ahead;

/// Why a whole batch failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing was stored.
    BeforeCommit(StoreError),
    /// Nothing was stored: an idempotency key or an external id could not be claimed.
    AtKeys(StoreError),
    /// The database did not confirm the commit.
    AtCommit(StoreError),
    /// The code is wrong somewhere.
    Panicked { committing: bool },
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::BeforeCommit(error)
    }
}

/// How long to wait for what others have locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As long as the connection's lock timeout.
    Long,
    /// For a moment.
    Short,
    /// For a moment where it must be, and not at all for rotations: leads of a locked one are
    /// told to come back.
    None,
}

/// Whether the commit of a batch has begun.
#[derive(Debug, Default)]
pub(crate) struct Commit(AtomicBool);

impl Commit {
    pub(super) fn begins(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Whether there is likely to be a next batch right away.
pub(crate) type IsNext<'a> = &'a (dyn Fn() -> bool + Sync);

/// What a batch has to do with those before and after it.
pub(crate) struct Course<'a> {
    /// Its transaction, and the next one's.
    pub(crate) ahead: &'a mut Ahead,
    /// Whether to begin the next one's meanwhile.
    pub(crate) is_next: IsNext<'a>,
    /// Told when the commit begins.
    pub(crate) commit: &'a Commit,
}
