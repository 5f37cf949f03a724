//! Teams and their members as the API shows them.

use evenhand_domain::team::{Team, TeamMember};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::users::view::{Role, UserNameView, UserStatus};
use crate::schema::{Instant, page_view, words};

words! {
    /// What somebody is on a team: a manager sees the records of its users.
    TeamSeat { "manager", "user", }
}

/// Managers, and the users whose records they see.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Team, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e09",
    "name": "Blue",
    "manager_count": 1,
    "user_count": 3,
    "version": 2,
    "created_at": "2026-03-02T09:30:00.000000Z",
    "updated_at": "2026-03-02T09:45:00.000000Z",
}))]
pub(crate) struct TeamView {
    /// Its id.
    pub(crate) id: Uuid,
    /// Unique in the organization without regard to case.
    pub(crate) name: String,
    /// How many manage it.
    pub(crate) manager_count: u64,
    /// How many users it has besides.
    pub(crate) user_count: u64,
    /// Raised by every change of its name or members.
    pub(crate) version: i64,
    /// When it was made.
    pub(crate) created_at: Instant,
    /// When its name or members last changed.
    pub(crate) updated_at: Instant,
}

impl From<&Team> for TeamView {
    fn from(team: &Team) -> Self {
        let Team { id, name, manager_count, user_count, version, created_at, updated_at } = team;
        Self {
            id: id.uuid(),
            name: name.clone(),
            manager_count: *manager_count,
            user_count: *user_count,
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

page_view! {
    /// A page of teams.
    TeamPage of TeamView
}

/// Somebody on a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TeamMember, example = json!({
    "user": {
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": null,
        "partner": false,
    },
    "seat": "user",
    "role": "agent",
    "status": "active",
}))]
pub(crate) struct TeamMemberView {
    /// Who.
    pub(crate) user: UserNameView,
    /// What they are on the team.
    #[schema(value_type = TeamSeat)]
    pub(crate) seat: &'static str,
    /// What they may do by default.
    #[schema(value_type = Role)]
    pub(crate) role: &'static str,
    /// Where they are in their life cycle.
    #[schema(value_type = UserStatus)]
    pub(crate) status: &'static str,
}

impl From<TeamMember> for TeamMemberView {
    fn from(member: TeamMember) -> Self {
        let TeamMember { user, seat, role, status } = member;
        Self {
            user: user.into(),
            seat: seat.as_str(),
            role: role.as_str(),
            status: status.as_str(),
        }
    }
}

/// Everybody on a team, managers first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMemberList)]
pub(crate) struct TeamMemberList {
    /// The members.
    pub(crate) data: Vec<TeamMemberView>,
}

impl From<Vec<TeamMember>> for TeamMemberList {
    fn from(members: Vec<TeamMember>) -> Self {
        Self { data: members.into_iter().map(TeamMemberView::from).collect() }
    }
}
