//! The engine that deals leads: pure, deterministic, the same for live dealing, dry run, replay
//! and verification.
//!
//! A [`RotationState`] holds everything that can influence a decision. [`RotationState::deal`]
//! chooses who gets a lead and changes the state; every change of the state, a decision or not,
//! yields one [`LedgerEntry`], chained to its predecessor by a hash. [`Replay`] reads such
//! entries back, runs the same functions on them and compares the bytes, so an entry that was
//! altered, dropped or is unfair is found; on the way it recomputes the [`Explanation`] of each
//! decision.
//!
//! The rules, and the bytes that are hashed, are written down in `docs/distribution.md`.
//!
//! Who calls this holds the rotation's lock from reading the state until the entry is committed.

mod bytes;
mod change;
mod checkpoint;
mod choose;
mod codes;
mod deal;
mod decode;
mod eligibility;
mod explain;
mod fault;
mod hash;
mod hypothesis;
mod ledger;
mod member;
mod observe;
mod policy;
mod redo;
mod rehearsal;
mod replay;
mod state;
#[cfg(test)]
mod testing;
mod weighted;

pub use bytes::{Content, Record};
pub use change::ChangeError;
pub use checkpoint::CHECKPOINT_EVERY;
pub use codes::{EntryKind, Method, OffReason, ResetPeriod, Undealt, UnknownName};
pub use deal::Decision;
pub use decode::BodyFault;
pub use eligibility::{MemberStanding, Skip, SkipReason, Standing, Until};
pub use explain::{ExplainedMember, Explanation, Outcome};
pub use fault::{LedgerFault, LedgerFaultKind};
pub use hash::{Hash, NotAHash};
pub use hypothesis::Hypothesis;
pub use ledger::{LedgerEntry, StoredEntry};
pub use member::{Count, Joining, Limits, Member, MemberSettings, Moment, OffDuty, Pause};
pub use policy::Policy;
pub use rehearsal::{Rehearsal, Rehearsed};
pub use replay::{Replay, Replayed};
pub use state::{CursorHint, RotationState};
