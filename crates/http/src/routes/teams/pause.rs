//! `PUT` and `DELETE /v1/teams/{id}/distribution/pause`.

use evenhand_application::rotations;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ManageTeams;
use evenhand_domain::rotation::Pause;

use crate::answer::{no_content, ok_version};
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::routes::rotations::state_view::DistributionStateView;
use crate::routes::users::pause::SetPause;
use crate::state::State;

/// Pause a team's rotation.
///
/// It deals to nobody: what becomes of leads meanwhile is what it is set to do when nobody is
/// eligible. Everybody keeps their places. The version is the team's.
#[utoipa::path(
    put, path = "/v1/teams/{id}/distribution/pause", tag = "teams",
    responses((
        status = 200, description = "The rotation's state.", body = DistributionStateView,
        headers(("ETag" = String, description = "The team's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn pause_team_distribution(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    body: Body<SetPause>,
) -> Answer {
    let now = state.services.clock.now();
    let pause = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let (rotation, version) =
        rotations::set_pause(&state.services, &grant, id, pause, expected.version()).await?;
    ok_version(version, &DistributionStateView::read(&state, &grant, &rotation).await?)
}

/// End the pause of a team's rotation.
///
/// It deals again at once. Nothing is made up for.
#[utoipa::path(
    delete, path = "/v1/teams/{id}/distribution/pause", tag = "teams",
    responses((status = 204, description = "It deals again.")),
)]
pub(crate) async fn resume_team_distribution(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
) -> Answer {
    rotations::set_pause(&state.services, &grant, id, Pause::No, expected.version()).await?;
    no_content()
}
