//! Ledger entries: what a change of the state leaves behind for good.

use super::bytes::{Content, encode};
use super::checkpoint;
use super::codes::EntryKind;
use super::hash::Hash;
use super::member::Moment;
use super::state::RotationState;
use crate::clock::Timestamp;
use crate::ids::{LeadId, UserId};

/// An entry to append to a rotation's ledger, in the transaction that writes the changed state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its number, from 1 without gaps.
    pub entry: u64,
    /// The number of the turn, where it is a delivery.
    pub turn: Option<u64>,
    /// What it records.
    pub kind: EntryKind,
    /// When it was made; never before its predecessor.
    pub at: Timestamp,
    /// The lead decided on, where it is a decision.
    pub lead_id: Option<LeadId>,
    /// Who got the lead, or the member who joined, left or was changed.
    pub user_id: Option<UserId>,
    /// The canonical bytes; the fields above repeat what is in them.
    pub body: Vec<u8>,
    /// The hash over the predecessor's hash and the body.
    pub hash: Hash,
    /// The state after it, every [`super::CHECKPOINT_EVERY`] entries.
    pub checkpoint: Option<Vec<u8>>,
}

/// An entry as storage has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredEntry<'a> {
    /// As [`LedgerEntry::entry`].
    pub entry: u64,
    /// As [`LedgerEntry::turn`].
    pub turn: Option<u64>,
    /// As [`LedgerEntry::kind`].
    pub kind: EntryKind,
    /// As [`LedgerEntry::at`].
    pub at: Timestamp,
    /// As [`LedgerEntry::lead_id`].
    pub lead_id: Option<LeadId>,
    /// As [`LedgerEntry::user_id`].
    pub user_id: Option<UserId>,
    /// As [`LedgerEntry::body`].
    pub body: &'a [u8],
    /// As [`LedgerEntry::hash`].
    pub hash: Hash,
}

impl LedgerEntry {
    /// This entry as storage would give it back.
    #[must_use]
    pub fn stored(&self) -> StoredEntry<'_> {
        StoredEntry {
            entry: self.entry,
            turn: self.turn,
            kind: self.kind,
            at: self.at,
            lead_id: self.lead_id,
            user_id: self.user_id,
            body: &self.body,
            hash: self.hash,
        }
    }
}

impl RotationState {
    /// Closes a change: numbers it, hashes it and moves the head. Called last, when the state is
    /// otherwise what it is to be after the entry, so that a checkpoint holds just that.
    pub(super) fn record(&mut self, content: &Content, now: Moment) -> LedgerEntry {
        self.entry = self.entry.saturating_add(1);
        self.last_at = now.at;
        self.local_day = now.local_day;
        let state = checkpoint::is_due(self.entry).then(|| {
            self.forget_lapsed_counts();
            checkpoint::state_bytes(self)
        });
        let digest = state.as_deref().map(Hash::of_checkpoint);
        let body = encode(self.id, self.entry, now, content, digest);
        let checkpoint = state.map(|state| checkpoint::seal(state, self.head, &body));
        self.head = Hash::of_entry(self.head, &body);
        LedgerEntry {
            entry: self.entry,
            turn: content.turn(),
            kind: content.kind(),
            at: now.at,
            lead_id: content.lead_id(),
            user_id: content.user_id(),
            body,
            hash: self.head,
            checkpoint,
        }
    }
}
