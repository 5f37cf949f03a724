//! The one write path of lead ownership: whatever gives a lead an owner goes through here, as one
//! transaction with the ledger entry, the counters and the event that belong to it.

mod batch;
pub mod crash;
mod deal;
mod intake;
mod lane;
pub mod ownership;
mod routing;

pub use intake::{Intake, IntakeOptions, Submission, Submitted};
pub use routing::Routing;
