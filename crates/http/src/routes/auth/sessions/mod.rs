//! The sessions of the person who is signed in.

pub(super) mod end;
pub(super) mod end_others;
pub(super) mod list;
