//! `POST /v1/groups/{id}/distribution/reset-limits`.

use evenhand_application::rotations;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ManageGroups;

use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::routes::rotations::reset_body::ResetLimits;
use crate::routes::rotations::state_view::DistributionStateView;
use crate::state::State;

/// Set back the counts of a group's rotation.
///
/// As if nothing had been dealt on the present local day or in the present local month: who had
/// reached a limit is dealt to again. Recorded in the ledger. The version is the group's and stays.
#[utoipa::path(
    post, path = "/v1/groups/{id}/distribution/reset-limits", tag = "groups",
    responses((
        status = 200, description = "The rotation's state.", body = DistributionStateView,
        headers(("ETag" = String, description = "The group's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn reset_group_limits(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
    body: Body<ResetLimits>,
) -> Answer {
    let (users, period) = body.read().await?.content.check(ResetLimits::parse)?;
    let what = (users.as_slice(), period);
    let (rotation, version) =
        rotations::reset_limits(&state.services, &grant, id, what, expected.version()).await?;
    ok_version(version, &DistributionStateView::read(&state, &grant, &rotation).await?)
}
