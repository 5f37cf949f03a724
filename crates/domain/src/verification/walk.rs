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
    /// The last count of everybody who was ever dealt to, members or not. A state forgets one that
    /// does not matter any more; storage keeps it.
    counts: BTreeMap<UserId, Count>,
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
            counts: BTreeMap::new(),
            decisions: 0,
            archived: false,
        }
    }

    /// A walk that goes on behind a checkpoint, with what an earlier one knew there. `head` is the
    /// hash of the checkpoint's entry.
    ///
    /// # Errors
    /// When the checkpoint is not the one made with the entry of that hash.
    pub fn resume(
        checkpoint: &[u8],
        head: Hash,
        counts: BTreeMap<UserId, Count>,
        decisions: u64,
    ) -> Result<Self, LedgerFault> {
        let replay = Replay::from_checkpoint(checkpoint, head)?;
        Ok(Self { replay, counts, decisions, archived: false })
    }

    /// Checks the next entry and does it again.
    ///
    /// # Errors
    /// What is wrong with it. A missing entry is named itself, not the one found in its place.
    pub fn step(&mut self, stored: &StoredEntry<'_>) -> Result<Step, Invalid> {
        let is_due = stored.entry.is_multiple_of(CHECKPOINT_EVERY);
        self.remember_before(stored, is_due);
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

    /// The last count of everybody who was ever dealt to.
    #[must_use]
    pub fn counts(&mut self) -> &BTreeMap<UserId, Count> {
        self.remember_members();
        &self.counts
    }

    /// Before a count gets lost to the state: with who leaves, and with a checkpoint.
    fn remember_before(&mut self, stored: &StoredEntry<'_>, is_due: bool) {
        if is_due {
            self.remember_members();
        } else if stored.kind == EntryKind::MemberRemoved
            && let Some(user) = stored.user_id
            && let Some(count) = self.state().and_then(|state| state.member(user)?.count)
        {
            self.counts.insert(user, count);
        }
    }

    fn remember_members(&mut self) {
        let Some(state) = self.replay.state() else { return };
        let counted =
            state.members.iter().filter_map(|member| Some((member.user_id, member.count?)));
        self.counts.extend(counted);
    }

    /// A replay that began at a checkpoint does not know what members who left before it left with:
    /// this walk does.
    fn check_returned(&self, stored: &StoredEntry<'_>) -> Result<(), Invalid> {
        let Some((state, user)) = self.state().zip(stored.user_id) else { return Ok(()) };
        let month = state.local_day.month();
        let left_with = self.counts.get(&user).filter(|count| count.day.month() >= month);
        let came_with = state.member(user).and_then(|member| member.count);
        if came_with == left_with.copied() {
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
