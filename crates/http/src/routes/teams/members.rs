//! `GET` and `PUT /v1/teams/{id}/members`.

use evenhand_application::teams as changes;
use evenhand_domain::error::Error;
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::{ManageTeams, ViewTeams};
use evenhand_persistence::teams;

use super::body::SetTeamMembers;
use super::unfit;
use super::view::TeamMemberList;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// List a team's members.
///
/// All of them, managers first, each kind in turn order.
#[utoipa::path(
    get, path = "/v1/teams/{id}/members", tag = "teams",
    responses((
        status = 200, description = "The members.", body = TeamMemberList,
        headers(("ETag" = String, description = "The team's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn list_team_members(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
) -> Answer {
    let team = teams::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("team"))?;
    let members = teams::members(state.store(), &grant, id).await?;
    ok_version(team.version, &TeamMemberList::new(members, state.services.clock.now()))
}

/// Set a team's members.
///
/// Both lists at once: all managers, who hold the role manager or above (else `not_a_manager`), and
/// all users. Nobody is on both. Who is on the team already may stay also when deactivated. What
/// managers see follows with their next request.
///
/// The team's rotation deals to the active ones of its users in this order, and where managers are
/// included to them behind. Who stays keeps their settings and counts; the turn of somebody who
/// leaves passes to their successor.
#[utoipa::path(
    put, path = "/v1/teams/{id}/members", tag = "teams",
    responses((status = 200, description = "The members as they are now.", body = TeamMemberList)),
)]
pub(crate) async fn set_team_members(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    body: Body<SetTeamMembers>,
) -> Answer {
    let mut seats = Vec::new();
    let mut parsed = body.read().await?.content.parse(|body, faults| {
        let (members, placed) = body.parse(faults);
        seats = placed;
        members
    });
    if parsed.is_faulty() {
        let members = teams::members(state.store(), &grant, id).await?;
        let on_it: Vec<UserId> = members.iter().map(|member| member.user.id).collect();
        parsed.add(&unfit(&state, &grant, &seats, &on_it).await?);
    }
    let members = parsed.finish()?;
    let (team, members) =
        changes::set_members(&state.services, &grant, id, &members, expected.version()).await?;
    ok_version(team.version, &TeamMemberList::new(members, state.services.clock.now()))
}
