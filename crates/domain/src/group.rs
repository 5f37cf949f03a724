//! Departments of users with rules for dealing.

use crate::clock::Timestamp;
use crate::distribution::{Distribution, DistributionChange, MemberPlace};
use crate::ids::{GroupId, RotationId, UserId};
use crate::user::UserName;

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;

/// A group as the API shows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Id.
    pub id: GroupId,
    /// Name, unique in the organization without regard to case.
    pub name: String,
    /// The rotation that deals to its members.
    pub rotation_id: RotationId,
    /// How it deals.
    pub distribution: Distribution,
    /// The keys of the statuses in which its members may pick up leads.
    pub pick_up_statuses: Vec<String>,
    /// How many members it has.
    pub member_count: u64,
    /// Raised by every change of its settings or members, not by dealing.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings or members last changed.
    pub updated_at: Timestamp,
}

/// A member of a group in turn order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Who.
    pub user: UserName,
    /// Where they stand.
    pub place: MemberPlace,
}

/// What a new group starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Name.
    pub name: String,
    /// How it deals.
    pub distribution: Distribution,
    /// The keys of the statuses in which its members may pick up leads.
    pub pick_up_statuses: Vec<String>,
    /// Members in turn order.
    pub members: Vec<UserId>,
}

/// A change of a group's settings: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// New name.
    pub name: Option<String>,
    /// How it deals.
    pub distribution: DistributionChange,
    /// The keys of the statuses in which its members may pick up leads from now on.
    pub pick_up_statuses: Option<Vec<String>>,
}
