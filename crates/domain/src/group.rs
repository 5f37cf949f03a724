//! Departments of users with rules for dealing.

use crate::clock::Timestamp;
use crate::ids::{GroupId, RotationId, UserId};
use crate::rotation::{Limits, Method, Pause};
use crate::user::UserName;

/// The most members one rotation may have.
pub const MAX_MEMBERS: usize = 1000;

/// The highest limit that can be set; 0 means unlimited.
pub const MAX_LIMIT: u32 = 1_000_000;

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
    pub method: Method,
    /// The limits of members that have none of their own.
    pub limits: Limits,
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
    /// From 1, in turn order.
    pub position: u32,
    /// Own daily limit; `None` = the group's.
    pub daily_limit: Option<u32>,
    /// Own monthly limit; `None` = the group's.
    pub monthly_limit: Option<u32>,
    /// Whether and until when they are skipped here.
    pub pause: Pause,
    /// Whether and until when they are out of all rotations, this one among them.
    pub away: Pause,
}

/// What a new group starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Name.
    pub name: String,
    /// How it deals.
    pub method: Method,
    /// Limits.
    pub limits: Limits,
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
    /// New daily limit.
    pub daily_limit: Option<u32>,
    /// New monthly limit.
    pub monthly_limit: Option<u32>,
    /// The keys of the statuses in which its members may pick up leads from now on.
    pub pick_up_statuses: Option<Vec<String>>,
}

/// A change of one member: the outer `None` keeps, the inner one clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// Own daily limit.
    pub daily_limit: Option<Option<u32>>,
    /// Own monthly limit.
    pub monthly_limit: Option<Option<u32>>,
    /// Pause.
    pub pause: Option<Pause>,
}
