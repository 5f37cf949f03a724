//! What a verification can find.

use crate::rotation::LedgerFaultKind;

/// An entry with which something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invalid {
    /// Its number. What has no entry of its own is found at the nearest: the last one that it
    /// follows from.
    pub entry: u64,
    /// The turn that it is, where it can be told.
    pub turn: Option<u64>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// With the entry itself.
    Ledger(LedgerFaultKind),
    /// A column of the entry holds what it cannot.
    Unreadable(&'static str),
    /// The entry is not there, and something says that it was.
    Missing {
        /// What does, e.g. `rotations`.
        told_by: &'static str,
    },
    /// A stored value is another than the ledger's.
    Differs {
        /// Where.
        table: &'static str,
        /// In which column.
        column: &'static str,
    },
    /// A row that the ledger calls for is not there.
    RowMissing {
        /// Of which table.
        table: &'static str,
    },
    /// A row that the ledger does not call for is there.
    RowUnexpected {
        /// In which table.
        table: &'static str,
    },
    /// The lead's assignments are no chain that leads to its owner.
    BrokenHistory,
    /// A signed head that is stored was not signed by a key of this service, or not for this
    /// rotation.
    Signature,
    /// What was given out before, and was brought for comparison, says something else.
    Proof(super::ProofKind),
}

impl Problem {
    /// A stable snake_case name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ledger(kind) => kind.as_str(),
            Self::Unreadable(_) | Self::Differs { .. } => "column_differs",
            Self::Missing { .. } => "entry_missing",
            Self::RowMissing { .. } => "row_missing",
            Self::RowUnexpected { .. } => "row_unexpected",
            Self::BrokenHistory => "history_broken",
            Self::Signature => "signature_invalid",
            Self::Proof(super::ProofKind::Receipt) => "receipt_differs",
            Self::Proof(super::ProofKind::Head) => "head_differs",
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ledger(kind) => kind.fmt(f),
            Self::Unreadable(column) => {
                write!(f, "rotation_ledger.{column} holds what it cannot")
            }
            Self::Missing { told_by } => write!(f, "the entry is missing, says {told_by}"),
            Self::Differs { table, column } => {
                write!(f, "{table}.{column} is not what the ledger says")
            }
            Self::RowMissing { table } => write!(f, "its row in {table} is missing"),
            Self::RowUnexpected { table } => {
                write!(f, "a row in {table} does not follow from the ledger")
            }
            Self::BrokenHistory => {
                f.write_str("the lead's assignments are no chain that leads to its owner")
            }
            Self::Signature => f.write_str("rotation_heads.jws is not what this service signs"),
            Self::Proof(super::ProofKind::Receipt) => {
                f.write_str("a receipt that was given out has another hash")
            }
            Self::Proof(super::ProofKind::Head) => {
                f.write_str("a head that was signed has another hash")
            }
        }
    }
}
