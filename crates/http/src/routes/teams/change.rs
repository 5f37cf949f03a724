//! `PATCH /v1/teams/{id}`.

use evenhand_application::teams;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ManageTeams;

use super::body::ChangeTeam;
use super::view::TeamView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Change a team.
///
/// A JSON merge patch: what is absent stays. Limits hold from the next lead on.
#[utoipa::path(
    patch, path = "/v1/teams/{id}", tag = "teams",
    responses(
        (status = 200, description = "The team as it is now.", body = TeamView),
        (status = 409, description = "The name is taken: `team_name_taken`."),
    ),
)]
pub(crate) async fn change_team(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    body: Body<ChangeTeam>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeTeam::parse)?;
    let team = teams::change(&state.services, &grant, id, change, expected.version()).await?;
    ok_version(team.version, &TeamView::from(&team))
}
