//! `PATCH /v1/teams/{id}/members/{user_id}`.

use evenhand_application::teams;
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::ManageTeams;

use super::body::ChangeTeamMember;
use super::view::TeamMemberView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Change a member of a team.
///
/// Make a user of the team one of its managers, or a manager one of its users. A manager holds the
/// role manager or above, else the fault is `not_a_manager`. The version is the team's.
#[utoipa::path(
    patch, path = "/v1/teams/{id}/members/{user_id}", tag = "teams",
    responses((status = 200, description = "The member as they are now.", body = TeamMemberView)),
)]
pub(crate) async fn change_team_member(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Ids(id, user): Ids<TeamId, UserId>,
    expected: IfMatch,
    body: Body<ChangeTeamMember>,
) -> Answer {
    let seat = body.read().await?.content.check(ChangeTeamMember::parse)?;
    let (team, member) =
        teams::change_member(&state.services, &grant, id, user, seat, expected.version()).await?;
    ok_version(team.version, &TeamMemberView::from(member))
}
