//! People as the API shows them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::Pause;
use evenhand_domain::user::{GroupName, Places, TeamPlace, User, UserName};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{Instant, page_view, words};

words! {
    /// A default set of permissions.
    Role { "owner", "admin", "manager", "agent", }
}

words! {
    /// Where a user is in their life cycle.
    UserStatus { "invited", "active", "inactive", }
}

/// A person's membership of the organization.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01",
    "email": "tom@acme.example",
    "first_name": "Tom",
    "last_name": null,
    "role": "agent",
    "status": "active",
    "partner": false,
    "paused": false,
    "paused_until": null,
    "joined_at": "2026-03-02T10:00:00.000000Z",
    "version": 2,
    "created_at": "2026-03-02T09:30:00.000000Z",
    "updated_at": "2026-03-02T10:00:00.000000Z",
}))]
pub(crate) struct UserView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The account's address; null where you see only the name.
    pub(crate) email: Option<String>,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// What they may do by default.
    #[schema(value_type = Role)]
    pub(crate) role: &'static str,
    /// Where they are in their life cycle.
    #[schema(value_type = UserStatus)]
    pub(crate) status: &'static str,
    /// Whether this is an outside account.
    pub(crate) partner: bool,
    /// Whether they are out of all rotations; null where you see only the name.
    pub(crate) paused: Option<bool>,
    /// When the pause ends by itself; null = not by itself, or no pause.
    pub(crate) paused_until: Option<Instant>,
    /// When they accepted; null for who has not yet, and where you see only the name.
    pub(crate) joined_at: Option<Instant>,
    /// Raised by every change.
    pub(crate) version: i64,
    /// When they were invited or set up.
    pub(crate) created_at: Instant,
    /// When they last changed.
    pub(crate) updated_at: Instant,
}

impl UserView {
    /// A user as of `now`: a pause whose time is over is none.
    pub(crate) fn at(now: Timestamp, user: User) -> Self {
        Self::from(User { pause: user.pause.map(|pause| pause.in_force(now)), ..user })
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            first_name,
            last_name,
            role,
            status,
            partner,
            pause,
            joined_at,
            version,
            created_at,
            updated_at,
        } = user;
        let paused_until = match pause {
            Some(Pause::Until(end)) => Some(end.into()),
            Some(Pause::No | Pause::Indefinite) | None => None,
        };
        Self {
            id: id.uuid(),
            email,
            first_name,
            last_name,
            role: role.as_str(),
            status: status.as_str(),
            partner,
            paused: pause.map(|pause| pause != Pause::No),
            paused_until,
            joined_at: joined_at.map(Instant::from),
            version,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
        }
    }
}

/// A user's id and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UserName)]
pub(crate) struct UserNameView {
    /// Their id.
    pub(crate) id: Uuid,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// Whether this is an outside account.
    pub(crate) partner: bool,
}

impl From<UserName> for UserNameView {
    fn from(name: UserName) -> Self {
        let UserName { id, first_name, last_name, partner } = name;
        Self { id: id.uuid(), first_name, last_name, partner }
    }
}

page_view! {
    /// A page of users.
    UserPage of UserView
}

/// A user with where they belong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserDetails)]
pub(crate) struct UserDetailsView {
    /// The user.
    #[serde(flatten)]
    user: UserView,
    /// Their teams; null where you see no teams, or only the user's name.
    teams: Option<Vec<TeamPlaceView>>,
    /// Their groups, with those that wait for them to accept; null where you see no groups, or only
    /// the user's name.
    groups: Option<Vec<GroupNameView>>,
}

impl UserDetailsView {
    /// A user as of `now`.
    pub(crate) fn at(now: Timestamp, user: User, places: Places) -> Self {
        let (teams, groups) = place_views(places);
        Self { user: UserView::at(now, user), teams, groups }
    }
}

/// Teams and groups as views.
pub(crate) fn place_views(
    places: Places,
) -> (Option<Vec<TeamPlaceView>>, Option<Vec<GroupNameView>>) {
    let teams = places.teams.map(|teams| teams.into_iter().map(TeamPlaceView::from).collect());
    let groups = places.groups.map(|groups| groups.into_iter().map(GroupNameView::from).collect());
    (teams, groups)
}

words! {
    /// What somebody is on a team.
    Seat { "manager", "user", }
}

/// A team that somebody is on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeamPlace)]
pub(crate) struct TeamPlaceView {
    /// The team's id.
    id: Uuid,
    /// The team's name.
    name: String,
    /// What they are there.
    #[schema(value_type = Seat)]
    seat: &'static str,
}

impl From<TeamPlace> for TeamPlaceView {
    fn from(place: TeamPlace) -> Self {
        let TeamPlace { team, seat } = place;
        Self { id: team.id.uuid(), name: team.name, seat: seat.as_str() }
    }
}

/// A group's id and name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupName)]
pub(crate) struct GroupNameView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
}

impl From<GroupName> for GroupNameView {
    fn from(name: GroupName) -> Self {
        let GroupName { id, name } = name;
        Self { id: id.uuid(), name }
    }
}
