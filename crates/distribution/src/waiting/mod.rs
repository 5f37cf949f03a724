//! Leads that wait until a rotation can deal them, first in, first out: dealt before any newcomer
//! by whoever deals to the rotation, by the service itself as soon as somebody may be eligible, and
//! by people.
//!
//! An attempt that nobody can take leaves no trace in the ledger: whether somebody is eligible is
//! asked before.

mod by_people;
mod drain;
mod joined;
mod serve;
mod work;

pub use by_people::{deal_now, take_off};
pub(crate) use drain::{chances, drain, look, settle};
pub(crate) use joined::left;
pub(crate) use serve::{Served, serve};
pub use work::work;
