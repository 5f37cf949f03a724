//! Along a ledger, doing every entry again.

use std::collections::BTreeMap;

use super::{Invalid, Problem};
use crate::ids::{OrganizationId, RotationId, UserId};
use crate::rotation::{
    CHECKPOINT_EVERY, Content, Count, EntryKind, Hash, LedgerFault, LedgerFaultKind, Record,
    Replay, RotationState, StoredEntry, Undealt,
};

/// A walk along a rotation's ledger that remembers what the rest of the storage is compared with.
///
/// It can be left at any entry that makes a checkpoint and taken up again there.
#[derive(Debug, Clone)]
pub struct Walk {
    replay: Replay,
    /// What those who left, and have not come back, left with.
    departed: BTreeMap<UserId, Count>,
    decisions: u64,
    archived: bool,
}

/// What came out of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The checkpoint that belongs to it.
    pub checkpoint: Option<Vec<u8>>,
    /// Why nobody got the lead, where it is a decision for nobody.
    pub undealt: Option<Undealt>,
}

impl Walk {
    /// A walk from entry 1.
    #[must_use]
    pub fn from_start(organization_id: OrganizationId, rotation_id: RotationId) -> Self {
        Self {
            replay: Replay::from_start(organization_id, rotation_id),
            departed: BTreeMap::new(),
            decisions: 0,
            archived: false,
        }
    }

    /// A walk that goes on behind a checkpoint, with what an earlier one knew there of who left and of
    /// how many decisions there are. `head` is the hash of the checkpoint's entry.
    ///
    /// # Errors
    /// When the checkpoint is not the one made with the entry of that hash.
    pub fn resume(
        checkpoint: &[u8],
        head: Hash,
        departed: BTreeMap<UserId, Count>,
        decisions: u64,
    ) -> Result<Self, LedgerFault> {
        let replay = Replay::from_checkpoint(checkpoint, head)?;
        Ok(Self { replay, departed, decisions, archived: false })
    }

    /// Checks the next entry and does it again.
    ///
    /// # Errors
    /// What is wrong with it. A missing entry is named itself, not the one found in its place.
    pub fn step(&mut self, stored: &StoredEntry<'_>) -> Result<Step, Invalid> {
        let is_due = stored.entry.is_multiple_of(CHECKPOINT_EVERY);
        if stored.kind == EntryKind::MemberRemoved {
            self.remember(stored.user_id);
        }
        let done = if is_due {
            self.replay.apply(stored).map(|replayed| replayed.checkpoint)
        } else {
            self.replay.check(stored).map(|()| None)
        };
        let checkpoint = done.map_err(|fault| invalid(fault, stored))?;
        let mut undealt = None;
        match stored.kind {
            EntryKind::Decision => {
                self.decisions += 1;
                if stored.turn.is_none()
                    && let Ok(Record { content: Content::Decision { reason, .. }, .. }) =
                        Record::decode(stored.body)
                {
                    undealt = reason;
                }
            }
            EntryKind::MemberAdded => self.check_returned(stored)?,
            EntryKind::Archived => self.archived = true,
            _ => {}
        }
        Ok(Step { checkpoint, undealt })
    }

    /// The state after the last entry; `None` before the first, or after a fault.
    #[must_use]
    pub fn state(&self) -> Option<&RotationState> {
        self.replay.state()
    }

    /// The number of the last entry.
    #[must_use]
    pub fn entry(&self) -> u64 {
        self.state().map_or(0, |state| state.entry)
    }

    /// The number of the last turn.
    #[must_use]
    pub fn turn(&self) -> u64 {
        self.state().map_or(0, |state| state.turn)
    }

    /// How many of the entries are decisions.
    #[must_use]
    pub const fn decisions(&self) -> u64 {
        self.decisions
    }

    /// Whether the last entry takes the rotation out of use.
    #[must_use]
    pub const fn is_archived(&self) -> bool {
        self.archived
    }

    /// What those who left, and have not come back, left with.
    #[must_use]
    pub const fn departed(&self) -> &BTreeMap<UserId, Count> {
        &self.departed
    }

    fn remember(&mut self, leaving: Option<UserId>) {
        let count = leaving.and_then(|user| self.state()?.member(user)?.count);
        self.departed.extend(leaving.zip(count));
    }

    /// A replay that began at a checkpoint does not know what members who left before it left with:
    /// this walk does.
    fn check_returned(&mut self, stored: &StoredEntry<'_>) -> Result<(), Invalid> {
        let Some(user) = stored.user_id else { return Ok(()) };
        let left_with = self.departed.remove(&user);
        let Some(state) = self.state() else { return Ok(()) };
        let month = state.local_day.month();
        let left_with = left_with.filter(|count| count.day.month() >= month);
        let came_with = state.member(user).and_then(|member| member.count);
        if came_with == left_with {
            return Ok(());
        }
        let kind = LedgerFaultKind::Count(user);
        Err(Invalid { entry: stored.entry, turn: None, problem: Problem::Ledger(kind) })
    }
}

fn invalid(fault: LedgerFault, stored: &StoredEntry<'_>) -> Invalid {
    let problem = Problem::Ledger(fault.kind);
    match fault.kind {
        LedgerFaultKind::Number { expected } => Invalid { entry: expected, turn: None, problem },
        _ => Invalid { entry: fault.entry, turn: stored.turn, problem },
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
