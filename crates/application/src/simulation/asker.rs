//! Who asks for a dry run, and what they may learn from it.

use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Action, Grant, ViewGroups, ViewTeams, ViewUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::{Read, ledgers};

/// Who asks. What they could not look up is not told to them in a dry run either.
#[derive(Debug)]
pub enum Asker {
    /// Whoever runs the service.
    Operator,
    /// Somebody, by what they may see.
    Caller {
        /// Groups.
        groups: Option<Grant<ViewGroups>>,
        /// Teams.
        teams: Option<Grant<ViewTeams>>,
        /// People.
        users: Option<Grant<ViewUsers>>,
    },
}

impl Asker {
    /// The caller that a grant was given to.
    #[must_use]
    pub fn caller<A: Action>(grant: &Grant<A>) -> Self {
        Self::Caller {
            groups: grant.also(ViewGroups).ok(),
            teams: grant.also(ViewTeams).ok(),
            users: grant.also(ViewUsers).ok(),
        }
    }

    /// Whether they may look at the rotation of a group or team.
    pub(super) async fn sees(&self, db: &impl Read, owner: RotationOwner) -> Result<bool, Error> {
        let Self::Caller { groups, teams, users: _ } = self else { return Ok(true) };
        let found = match (owner, groups, teams) {
            (RotationOwner::Group(_), Some(grant), _) => ledgers::find(db, grant, owner).await?,
            (RotationOwner::Team(_), _, Some(grant)) => ledgers::find(db, grant, owner).await?,
            _ => None,
        };
        Ok(found.is_some())
    }

    /// Whether they may look at more of a user than the name.
    pub(super) fn sees_user(&self, user: UserId) -> bool {
        match self {
            Self::Operator => true,
            Self::Caller { users, .. } => {
                users.as_ref().is_some_and(|grant| grant.scope().covers(user))
            }
        }
    }
}
