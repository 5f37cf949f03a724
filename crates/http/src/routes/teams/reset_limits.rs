//! `POST /v1/teams/{id}/distribution/reset-limits`.

use evenhand_application::rotations;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ManageTeams;

use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::routes::rotations::reset_body::ResetLimits;
use crate::routes::rotations::state_view::DistributionStateView;
use crate::state::State;

/// Set back the counts of a team's rotation.
///
/// As if nothing had been dealt on the present local day or in the present local month: who had
/// reached a limit is dealt to again. Recorded in the ledger. The version is the team's and stays.
#[utoipa::path(
    post, path = "/v1/teams/{id}/distribution/reset-limits", tag = "teams",
    responses((
        status = 200, description = "The rotation's state.", body = DistributionStateView,
        headers(("ETag" = String, description = "The team's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn reset_team_limits(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    body: Body<ResetLimits>,
) -> Answer {
    let (users, period) = body.read().await?.content.check(ResetLimits::parse)?;
    let what = (users.as_slice(), period);
    let (rotation, version) =
        rotations::reset_limits(&state.services, &grant, id, what, expected.version()).await?;
    ok_version(version, &DistributionStateView::read(&state, &grant, &rotation).await?)
}
