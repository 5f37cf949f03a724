//! What can be wrong with a ledger.

use super::change::ChangeError;
use super::decode::BodyFault;
use crate::ids::UserId;

/// The first thing found wrong in a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ledger entry {entry}: {kind}")]
pub struct LedgerFault {
    /// The entry at which it shows: as numbered by storage, 0 for a checkpoint.
    pub entry: u64,
    /// What is wrong.
    pub kind: LedgerFaultKind,
}

/// What can be wrong with a ledger entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFaultKind {
    /// Another number was due: an entry is missing, doubled or out of place.
    #[error("entry {expected} was due")]
    Number {
        /// The number that was due.
        expected: u64,
    },
    /// The hash is not the one of the predecessor and this body.
    #[error("the hash does not follow from the entry before and the body")]
    Hash,
    /// The body is not canonical.
    #[error("the body is damaged: {0}")]
    Body(BodyFault),
    /// A column says something else than the body.
    #[error("the column {0} differs from the body")]
    Column(&'static str),
    /// The entry is of another rotation or another organization.
    #[error("the entry is another rotation's")]
    Foreign,
    /// Entry 1, and only entry 1, creates the rotation.
    #[error("the rotation is created elsewhere than in entry 1")]
    Creation,
    /// The rules give the lead to somebody else.
    #[error("the rules choose {expected:?}, not {recorded:?}")]
    Unfair {
        /// Who should have got the lead.
        expected: Option<UserId>,
        /// Who did, says the entry.
        recorded: Option<UserId>,
    },
    /// The entry records a change that cannot be made in the state it meets.
    #[error("an impossible change: {0}")]
    Impossible(ChangeError),
    /// The rotation was archived by the entry before.
    #[error("the rotation was archived before this entry")]
    AfterEnd,
    /// A member came back with another count than they left with.
    #[error("{0} came back with another count than they left with")]
    Count(UserId),
    /// The rules give another entry: its time, day, cursor, turn, reason or checkpoint differs,
    /// or it records a change that changes nothing.
    #[error("the rules give another entry")]
    Content,
    /// The checkpoint is not the one made with the entry of the given hash.
    #[error("the checkpoint is not the one made with its entry")]
    Checkpoint,
}

impl LedgerFaultKind {
    /// A stable snake_case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Number { .. } => "wrong_number",
            Self::Hash => "wrong_hash",
            Self::Body(_) => "damaged_body",
            Self::Column(_) => "column_differs",
            Self::Foreign => "foreign_entry",
            Self::Creation => "wrong_creation",
            Self::Unfair { .. } => "unfair_decision",
            Self::Impossible(_) => "impossible_change",
            Self::AfterEnd => "after_end",
            Self::Count(_) => "wrong_count",
            Self::Content => "wrong_content",
            Self::Checkpoint => "wrong_checkpoint",
        }
    }
}

impl From<BodyFault> for LedgerFaultKind {
    fn from(fault: BodyFault) -> Self {
        Self::Body(fault)
    }
}

impl From<ChangeError> for LedgerFaultKind {
    fn from(error: ChangeError) -> Self {
        Self::Impossible(error)
    }
}
