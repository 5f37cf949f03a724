//! `GET /v1/teams/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ViewTeams;
use evenhand_persistence::teams;

use super::view::TeamView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a team.
///
/// One you are on, or any for who manages teams.
#[utoipa::path(
    get, path = "/v1/teams/{id}", tag = "teams",
    responses((status = 200, description = "The team.", body = TeamView)),
)]
pub(crate) async fn get_team(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
) -> Answer {
    let team = teams::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("team"))?;
    ok_version(team.version, &TeamView::from(&team))
}
