//! What becomes of leads beside their ownership.

mod change;
mod erase;

pub use change::{change, change_by_source_id, faults};
pub use erase::erase;
