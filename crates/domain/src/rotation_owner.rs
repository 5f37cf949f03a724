//! Whose a rotation is, and so what leads can be distributed through.

use crate::ids::{GroupId, TeamId};

/// Each group and each team owns one rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RotationOwner {
    /// A group.
    Group(GroupId),
    /// A team.
    Team(TeamId),
}

impl RotationOwner {
    /// The id of whichever it is.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Group(id) => id.uuid(),
            Self::Team(id) => id.uuid(),
        }
    }

    /// The group, where it is one.
    #[must_use]
    pub const fn group_id(self) -> Option<GroupId> {
        match self {
            Self::Group(id) => Some(id),
            Self::Team(_) => None,
        }
    }

    /// The team, where it is one.
    #[must_use]
    pub const fn team_id(self) -> Option<TeamId> {
        match self {
            Self::Group(_) => None,
            Self::Team(id) => Some(id),
        }
    }
}

impl From<GroupId> for RotationOwner {
    fn from(id: GroupId) -> Self {
        Self::Group(id)
    }
}

impl From<TeamId> for RotationOwner {
    fn from(id: TeamId) -> Self {
        Self::Team(id)
    }
}
