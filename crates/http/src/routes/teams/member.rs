//! `PATCH /v1/teams/{id}/members/{user_id}`.

use evenhand_application::teams;
use evenhand_domain::ids::{TeamId, UserId};
use evenhand_domain::permission::ChangeTeamMembers;

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
/// Make a user of the team one of its managers, or a manager one of its users, which needs
/// `teams.manage`; a manager holds the role manager or above, else the fault is `not_a_manager`.
/// Pause them in the team's rotation, or give them limits and a weight of their own, which needs
/// `rotations.manage_members`: anybody for who manages teams, else oneself and the users of the teams
/// one manages. The version is the team's.
#[utoipa::path(
    patch, path = "/v1/teams/{id}/members/{user_id}", tag = "teams",
    responses(
        (status = 200, description = "The member as they are now.", body = TeamMemberView),
        (status = 403, description = "The permission that what you ask for needs is missing: `permission_denied`."),
        (status = 409, description = "The rotation does not deal to them: `not_dealt_to`."),
    ),
)]
pub(crate) async fn change_team_member(
    Authorized(grant): Authorized<ChangeTeamMembers>,
    state: State,
    Ids(id, user): Ids<TeamId, UserId>,
    expected: IfMatch,
    body: Body<ChangeTeamMember>,
) -> Answer {
    let now = state.services.clock.now();
    let change = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let (team, member) =
        teams::change_member(&state.services, &grant, id, user, change, expected.version()).await?;
    ok_version(team.version, &TeamMemberView::new(member, now))
}
