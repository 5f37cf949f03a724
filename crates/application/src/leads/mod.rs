//! What becomes of leads beside their ownership.

mod change;
mod erase;

pub use change::{change, faults};
pub use erase::erase;
