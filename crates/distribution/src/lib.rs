//! The one write path of lead ownership: whatever gives a lead an owner goes through here, as one
//! transaction with the ledger entry, the counters and the event that belong to it.

mod ahead;
mod batch;
pub mod crash;
mod deal;
pub mod fallback;
mod intake;
mod lane;
mod linger;
mod many;
mod off_duty;
mod open_leads;
pub mod ownership;
mod routing;
pub mod simulate;
pub mod verify;
pub mod waiting;

pub use intake::{Intake, IntakeOptions, Submission, Submitted};
pub use many::{Begun, Together};
pub use routing::Routing;
