//! What becomes of a lead that a rotation can deal to nobody.

use crate::ids::UserId;
use crate::rotation_owner::RotationOwner;

/// What a rotation does with a lead when nobody is eligible (product.md, "Groups and distribution").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenNobodyEligible {
    /// The lead stays without an owner.
    #[default]
    LeaveUnassigned,
    /// The lead waits, first in, first out, until somebody is eligible.
    Wait,
    /// The lead goes on.
    Fallback(Fallback),
}

/// Where a lead goes on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// The rotation of another group or team.
    Rotation(RotationOwner),
    /// A user.
    User(UserId),
}

impl WhenNobodyEligible {
    /// Every name, in the order of the codes 1, 2, 3.
    pub const NAMES: [&'static str; 3] = ["leave_unassigned", "wait", "fallback"];

    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeaveUnassigned => Self::NAMES[0],
            Self::Wait => Self::NAMES[1],
            Self::Fallback(_) => Self::NAMES[2],
        }
    }

    /// Where a lead goes on to, where it does.
    #[must_use]
    pub const fn fallback(self) -> Option<Fallback> {
        match self {
            Self::Fallback(fallback) => Some(fallback),
            Self::LeaveUnassigned | Self::Wait => None,
        }
    }
}
