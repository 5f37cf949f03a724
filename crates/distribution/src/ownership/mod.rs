//! Leads that exist and change hands: assigned, transferred, released, dealt anew.
//!
//! Any number of them in one transaction, in the one lock order (rotations, users, leads). What
//! the move of a lead is to happen to is named by what was seen of it before, so that whoever was
//! faster is not overruled.

mod archive;
mod bulk;
mod chain;
mod collaborators;
mod distribute;
mod hand_over;
mod moves;
mod pick_up;
mod recipient;
mod undo_bulk;
mod waited_for;

pub use archive::{Archive, archive, restore};
pub use bulk::{Bulk, BulkAssign, BulkDone, BulkFault, BulkLeads, BulkTo, MAX_BULK, bulk_assign};
pub use collaborators::{
    Collaboration, add_collaborator, remove_all_collaborators, remove_collaborator,
    remove_collaborators, return_collaborator,
};
pub use distribute::{Distribute, distribute};
pub use hand_over::{HandOver, hand_over};
pub use moves::{By, Move, Moved, To, move_leads};
pub(crate) use moves::{dealt, follows, write};
pub use pick_up::{PickUp, pick_up};
pub use undo_bulk::undo_bulk;
pub use waited_for::WaitedFor;
