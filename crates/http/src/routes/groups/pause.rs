//! `PUT` and `DELETE /v1/groups/{id}/distribution/pause`.

use evenhand_application::rotations;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ManageGroups;
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

/// Pause a group's rotation.
///
/// It deals to nobody: what becomes of leads meanwhile is what it is set to do when nobody is
/// eligible. Everybody keeps their places. The version is the group's.
#[utoipa::path(
    put, path = "/v1/groups/{id}/distribution/pause", tag = "groups",
    responses((
        status = 200, description = "The rotation's state.", body = DistributionStateView,
        headers(("ETag" = String, description = "The group's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn pause_group_distribution(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
    body: Body<SetPause>,
) -> Answer {
    let now = state.services.clock.now();
    let pause = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let (rotation, version) =
        rotations::set_pause(&state.services, &grant, id, pause, expected.version()).await?;
    ok_version(version, &DistributionStateView::read(&state, &grant, &rotation).await?)
}

/// End the pause of a group's rotation.
///
/// It deals again at once. Nothing is made up for.
#[utoipa::path(
    delete, path = "/v1/groups/{id}/distribution/pause", tag = "groups",
    responses((status = 204, description = "It deals again.")),
)]
pub(crate) async fn resume_group_distribution(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
) -> Answer {
    rotations::set_pause(&state.services, &grant, id, Pause::No, expected.version()).await?;
    no_content()
}
