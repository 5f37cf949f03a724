//! Verifying a rotation: its ledger done again from its entries alone, and then everything else that
//! is stored of it compared with what came out.
//!
//! Pure: [`Walk`] does the ledger again and remembers what the rest is compared with; storage reads
//! and says where it [differs](Problem).

mod problem;
mod proof;
mod walk;

pub use problem::{Invalid, Problem};
pub use proof::{Proof, ProofKind, ProofOf, Proofs};
pub use walk::{Step, Walk};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries were verified; all of the ledger's where nothing is wrong.
    pub entries: u64,
    /// How many turns are among them.
    pub turns: u64,
    /// The first entry that is not what it must be, or that something else stored differs from.
    pub first_invalid: Option<Invalid>,
}
