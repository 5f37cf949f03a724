//! Leads that nobody could be dealt, and what became of them instead.

use super::{Dealt, UnassignedReason};
use crate::clock::Timestamp;
use crate::ids::RotationId;

/// A lead's place on a waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The rotation that is to deal it.
    pub rotation_id: RotationId,
    /// Leads of one rotation are dealt in the order of these numbers, which may have gaps.
    pub position: u64,
    /// When it may be dealt, as far as is known by whoever looked; `None` = not by itself.
    pub next_attempt_at: Option<Timestamp>,
}

/// A decision that dealt a lead to nobody, whereupon the rotation's fallback got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOn {
    /// Its place in the ledger of the rotation that decided.
    pub dealt: Dealt,
    /// Why nobody got the lead.
    pub reason: UnassignedReason,
    /// When.
    pub at: Timestamp,
}
