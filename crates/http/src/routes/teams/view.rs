//! Teams and their members as the API shows them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::team::{Team, TeamMember};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::rotations::member_view::{AwayView, pause};
use crate::routes::rotations::settings_view::TeamDistributionSettingsView;
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
    "distribution": {
        "method": "sequential", "daily_limit": 40, "monthly_limit": 0,
        "respect_availability": false, "when_nobody_eligible": "leave_unassigned", "fallback": null,
        "include_managers": false,
    },
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
    /// How its rotation deals.
    pub(crate) distribution: TeamDistributionSettingsView,
    /// Raised by every change of its settings or members, not by dealing.
    pub(crate) version: i64,
    /// When it was made.
    pub(crate) created_at: Instant,
    /// When its settings or members last changed.
    pub(crate) updated_at: Instant,
}

impl From<&Team> for TeamView {
    fn from(team: &Team) -> Self {
        let Team {
            id,
            name,
            manager_count,
            user_count,
            distribution,
            include_managers,
            version,
            created_at,
            updated_at,
        } = team;
        Self {
            id: id.uuid(),
            name: name.clone(),
            manager_count: *manager_count,
            user_count: *user_count,
            distribution: TeamDistributionSettingsView::new(*distribution, *include_managers),
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
    "position": 1,
    "daily_limit": null,
    "monthly_limit": null,
    "weight": 1,
    "paused": false,
    "paused_until": null,
    "away": null,
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
    /// From 1, in turn order; null = the team's rotation does not deal to them, and nothing below is
    /// set: it deals to active users, and to managers where they are included.
    pub(crate) position: Option<u32>,
    /// Their own limit per local day, 0 = unlimited; null = the team's.
    pub(crate) daily_limit: Option<u32>,
    /// Their own limit per local month, 0 = unlimited; null = the team's.
    pub(crate) monthly_limit: Option<u32>,
    /// Their share in relation to the others' where leads are dealt by weight; 0 = never.
    pub(crate) weight: Option<u32>,
    /// Whether they are paused on this team.
    pub(crate) paused: bool,
    /// When the pause ends by itself; null = not by itself, or no pause.
    pub(crate) paused_until: Option<Instant>,
    /// Their being paused in all rotations, besides the pause on this team; null = they are not.
    pub(crate) away: Option<AwayView>,
}

impl TeamMemberView {
    /// As of `now`: a pause that is over by itself is none.
    pub(crate) fn new(member: TeamMember, now: Timestamp) -> Self {
        let TeamMember { user, seat, role, status, place } = member;
        let settings = place.map(|place| place.settings);
        let (paused, paused_until) =
            pause(settings.map(|settings| settings.pause).unwrap_or_default(), now);
        Self {
            user: user.into(),
            seat: seat.as_str(),
            role: role.as_str(),
            status: status.as_str(),
            position: place.map(|place| place.position),
            daily_limit: settings.and_then(|settings| settings.daily_limit),
            monthly_limit: settings.and_then(|settings| settings.monthly_limit),
            weight: settings.map(|settings| settings.weight),
            paused,
            paused_until,
            away: place.and_then(|place| AwayView::of(place.away, now)),
        }
    }
}

/// Everybody on a team: managers first, each kind in turn order, then whoever is not dealt to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamMemberList)]
pub(crate) struct TeamMemberList {
    /// The members.
    pub(crate) data: Vec<TeamMemberView>,
}

impl TeamMemberList {
    /// As of `now`.
    pub(crate) fn new(members: Vec<TeamMember>, now: Timestamp) -> Self {
        Self { data: members.into_iter().map(|member| TeamMemberView::new(member, now)).collect() }
    }
}
