//! What of the organization somebody may touch. The queries put these into their SQL.

use std::sync::Arc;

use crate::ids::{ApiKeyId, UserId};
use crate::permission::Permission::{
    LeadsPickUp, LeadsView, LeadsViewAll, LeadsViewTeam, LeadsViewUnassigned,
};
use crate::permission::{Actor, Permission, Sight, Subject};
use crate::team::TeamSeat;
use crate::user::{Role, User, coded};

/// Some of the organization's users, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserScope {
    /// All of them.
    Everyone,
    /// A user, and the users of the teams they manage.
    Team {
        /// The user.
        user_id: UserId,
        /// The others, each once.
        team: Arc<[UserId]>,
    },
    /// None: an integration is on no team.
    Nobody,
}

impl UserScope {
    /// Everyone for who holds `wide`, else oneself and the users of the teams one manages.
    pub(super) fn of(actor: &Actor, wide: Permission) -> Self {
        match &actor.subject {
            _ if actor.may(wide) => Self::Everyone,
            Subject::User { id, role, team, .. } => Self::Team {
                user_id: *id,
                team: if *role >= Role::Manager { Arc::clone(team) } else { Arc::default() },
            },
            Subject::ApiKey { .. } => Self::Nobody,
        }
    }

    /// Whether `user` is one of them.
    #[must_use]
    pub fn covers(&self, user: UserId) -> bool {
        match self {
            Self::Everyone => true,
            Self::Team { user_id, team } => *user_id == user || team.contains(&user),
            Self::Nobody => false,
        }
    }
}

impl Actor {
    /// `user` as far as the actor may know them: of whom they only see the name, no address, no
    /// pause and no date (product.md, "Roles").
    #[must_use]
    pub fn sight_of(&self, user: User) -> User {
        if UserScope::of(self, Permission::UsersViewAll).covers(user.id) {
            return user;
        }
        User { email: None, pause: None, joined_at: None, ..user }
    }
}

coded! {
    /// What ties a user to a lead, the strongest first. Stored in `lead_access`.
    LeadTie {
        /// Accountable for it.
        Owner = 1 "owner",
        /// Works on it as well.
        Collaborator = 2 "collaborator",
        /// Owned it before.
        FormerOwner = 3 "former_owner",
        /// Entered it.
        Creator = 4 "creator",
    }
}

impl LeadTie {
    /// Whether it lets one work on the lead; the others only let one look at it (product.md,
    /// "Words").
    #[must_use]
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Owner | Self::Collaborator)
    }
}

/// The leads an actor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadScope {
    /// Every lead of the organization.
    Everything,
    /// Those that the user is tied to, and those that users of their teams own or share.
    User {
        /// The user; any [`LeadTie`] will do.
        user_id: UserId,
        /// The others, each once; only working ties count. May name the user as well.
        team: Arc<[UserId]>,
        /// Besides these, of those without an owner.
        unassigned: UnassignedScope,
    },
    /// Those the key made.
    MadeBy(ApiKeyId),
    /// None.
    Nothing,
}

impl LeadScope {
    pub(super) fn of(actor: &Actor) -> Self {
        match &actor.subject {
            _ if !actor.may(LeadsView) => Self::Nothing,
            _ if actor.may(LeadsViewAll) => Self::Everything,
            Subject::User { id, team, .. } => Self::User {
                user_id: *id,
                team: if actor.may(LeadsViewTeam) { Arc::clone(team) } else { Arc::default() },
                unassigned: UnassignedScope::of(actor),
            },
            Subject::ApiKey { id, .. } => Self::MadeBy(*id),
        }
    }
}

/// The leads without an owner that a user sees whatever ties them to these (product.md, "Roles and
/// what they see"). Which groups and teams they are in is for the queries to ask: it may change
/// from one moment to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnassignedScope {
    /// How far their sight of their pool goes; `None` = they do not see it.
    pub pool: Option<Sight>,
    /// The teams whose rotations they see the leads of; `None` = no team's.
    pub teams: Option<OwnTeams>,
}

impl UnassignedScope {
    fn of(actor: &Actor) -> Self {
        let Subject::User { role, .. } = actor.subject else { return Self::default() };
        if actor.may(LeadsViewUnassigned) {
            return Self { pool: Some(Sight::Working), teams: Some(OwnTeams::of(role)) };
        }
        Self { pool: actor.may(LeadsPickUp).then_some(Sight::ReadOnly), teams: None }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Which of the teams that a user is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnTeams {
    /// Those they manage.
    Managed,
    /// All.
    All,
}

impl OwnTeams {
    /// Those that give sight to who holds the permission: an agent, who manages none, holds it only
    /// where it was granted to them, for the teams they are on.
    #[must_use]
    pub fn of(role: Role) -> Self {
        if role == Role::Agent { Self::All } else { Self::Managed }
    }

    /// Whether a team is one of them for who has this seat on it.
    #[must_use]
    pub fn covers(self, seat: TeamSeat) -> bool {
        self == Self::All || seat == TeamSeat::Manager
    }
}

impl Actor {
    /// Whose pool the actor may pick up from; `None` = they may not. Integrations have none.
    #[must_use]
    pub fn picks_up(&self) -> Option<UserId> {
        self.user_id().filter(|_| self.may(LeadsPickUp))
    }
}
