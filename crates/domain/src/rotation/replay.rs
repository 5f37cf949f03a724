//! Reads a ledger back by doing everything in it again.

use super::bytes::{Content, Record};
use super::checkpoint;
use super::explain::Explanation;
use super::fault::{LedgerFault, LedgerFaultKind};
use super::hash::Hash;
use super::ledger::StoredEntry;
use super::member::Moment;
use super::redo::{self, Departed, Redone};
use super::state::RotationState;
use crate::ids::{OrganizationId, RotationId};

/// A walk along a rotation's ledger.
///
/// Each entry must have the next number, hash to its predecessor, say the same in its columns
/// and its body, and be byte for byte what the engine gives when it does the same again. What no
/// replay can see is that the newest entries are missing, or that all hashes were computed anew
/// after a change that breaks no rule: for that, compare [`RotationState::head`] at the end with
/// the rotation's, and the hashes with the receipts that were given out.
#[derive(Debug, Clone)]
pub struct Replay {
    organization_id: OrganizationId,
    rotation_id: RotationId,
    state: Option<RotationState>,
    departed: Departed,
    archived: bool,
    fault: Option<LedgerFault>,
}

/// What came out of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Why the decision fell as it did, where the entry is one.
    pub explanation: Option<Explanation>,
    /// The checkpoint that belongs to the entry, to be compared with the stored one.
    pub checkpoint: Option<Vec<u8>>,
}

impl Replay {
    /// A replay whose first entry is to be entry 1 of this rotation.
    #[must_use]
    pub fn from_start(organization_id: OrganizationId, rotation_id: RotationId) -> Self {
        Self {
            organization_id,
            rotation_id,
            state: None,
            departed: Departed::since_start(),
            archived: false,
            fault: None,
        }
    }

    /// A replay whose first entry is to be the one after the checkpoint's. `head` is the hash of
    /// the checkpoint's entry; the replay is as trustworthy as that hash.
    ///
    /// # Errors
    /// `Body` or `Checkpoint`, at entry 0, for anything but the checkpoint that was made with
    /// the entry of that hash.
    pub fn from_checkpoint(checkpoint: &[u8], head: Hash) -> Result<Self, LedgerFault> {
        let state = checkpoint::open(checkpoint, head)
            .map_err(LedgerFaultKind::Body)
            .and_then(|state| state.ok_or(LedgerFaultKind::Checkpoint))
            .map_err(|kind| LedgerFault { entry: 0, kind })?;
        Ok(Self {
            organization_id: state.organization_id,
            rotation_id: state.id,
            state: Some(state),
            departed: Departed::since_checkpoint(),
            archived: false,
            fault: None,
        })
    }

    /// The state after the last entry; `None` before the first, or after a fault.
    #[must_use]
    pub fn state(&self) -> Option<&RotationState> {
        self.state.as_ref().filter(|_| self.fault.is_none())
    }

    /// Checks the next entry and does it again; explains it where it is a decision.
    ///
    /// # Errors
    /// What is wrong with the entry. After that the replay is over: every further call gives the
    /// same fault.
    pub fn apply(&mut self, stored: &StoredEntry<'_>) -> Result<Replayed, LedgerFault> {
        self.advance(stored, true)
    }

    /// As [`Replay::apply`], but explains nothing, which spares a look at every member.
    ///
    /// # Errors
    /// As [`Replay::apply`].
    pub fn check(&mut self, stored: &StoredEntry<'_>) -> Result<(), LedgerFault> {
        self.advance(stored, false).map(|_| ())
    }

    fn advance(
        &mut self,
        stored: &StoredEntry<'_>,
        explain: bool,
    ) -> Result<Replayed, LedgerFault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.step(stored, explain).map_err(|kind| {
            let fault = LedgerFault { entry: stored.entry, kind };
            self.fault = Some(fault);
            fault
        })
    }

    fn step(
        &mut self,
        stored: &StoredEntry<'_>,
        explain: bool,
    ) -> Result<Replayed, LedgerFaultKind> {
        let (last, head) =
            self.state.as_ref().map_or((0, Hash::ZERO), |state| (state.entry, state.head));
        let expected = last.saturating_add(1);
        if stored.entry != expected {
            return Err(LedgerFaultKind::Number { expected });
        }
        if stored.hash != Hash::of_entry(head, stored.body) {
            return Err(LedgerFaultKind::Hash);
        }
        if self.archived {
            return Err(LedgerFaultKind::AfterEnd);
        }
        let record = Record::decode(stored.body)?;
        if let Some(column) = differing_column(stored, &record) {
            return Err(LedgerFaultKind::Column(column));
        }
        if record.rotation_id != self.rotation_id {
            return Err(LedgerFaultKind::Foreign);
        }
        let redone = match (&mut self.state, &record.content) {
            (None, content) => self.create(content, record.moment)?,
            (Some(_), Content::Created { .. }) => return Err(LedgerFaultKind::Creation),
            (Some(state), Content::Decision { lead_id, chosen, .. }) => {
                redo::decide(state, *lead_id, *chosen, record.moment, explain)?
            }
            (Some(state), content) => {
                redo::change(state, &mut self.departed, content, record.moment)?.into()
            }
        };
        // The head was checked before, so equal bodies have equal hashes.
        if redone.entry.body != stored.body {
            return Err(LedgerFaultKind::Content);
        }
        self.archived = record.content == Content::Archived;
        Ok(Replayed { explanation: redone.explanation, checkpoint: redone.entry.checkpoint })
    }

    fn create(&mut self, content: &Content, moment: Moment) -> Result<Redone, LedgerFaultKind> {
        let Content::Created { organization_id, policy, limits, seed, zone } = content else {
            return Err(LedgerFaultKind::Creation);
        };
        if *organization_id != self.organization_id {
            return Err(LedgerFaultKind::Foreign);
        }
        let (organization, rotation) = (*organization_id, self.rotation_id);
        let (state, entry) =
            RotationState::create(organization, rotation, *policy, *limits, zone, *seed, moment);
        self.state = Some(state);
        Ok(entry.into())
    }
}

/// The first column that says something else than the body.
fn differing_column(stored: &StoredEntry<'_>, record: &Record) -> Option<&'static str> {
    let content = &record.content;
    let columns = [
        ("entry", stored.entry == record.entry),
        ("turn", stored.turn == content.turn()),
        ("kind", stored.kind == content.kind()),
        ("at", stored.at == record.moment.at),
        ("lead_id", stored.lead_id == content.lead_id()),
        ("user_id", stored.user_id == content.user_id()),
    ];
    columns.into_iter().find(|(_, same)| !same).map(|(column, _)| column)
}

#[cfg(test)]
#[path = "replay_tests.rs"]
mod tests;
