//! `GET /v1/teams/{id}/distribution`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ViewTeams;
use evenhand_persistence::rotations;

use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::routes::rotations::state_view::DistributionStateView;
use crate::state::State;

/// Read the state of a team's rotation.
///
/// Who is next, what everybody got today and this month, and who is passed over and why.
#[utoipa::path(
    get, path = "/v1/teams/{id}/distribution", tag = "teams",
    responses((status = 200, description = "The state.", body = DistributionStateView)),
)]
pub(crate) async fn get_team_distribution(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
) -> Answer {
    let rotation = rotations::of_team(state.store(), &grant, id).await?;
    let rotation = rotation.ok_or(Error::NotFound("team"))?;
    ok(&DistributionStateView::read(&state, &grant, &rotation).await?)
}
