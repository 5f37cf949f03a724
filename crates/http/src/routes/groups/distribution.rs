//! `GET /v1/groups/{id}/distribution`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ViewGroups;
use evenhand_persistence::rotations;

use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::routes::rotations::state_view::DistributionStateView;
use crate::state::State;

/// Read the state of a group's rotation.
///
/// Who is next, what everybody got today and this month, and who is passed over and why.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution", tag = "groups",
    responses((status = 200, description = "The state.", body = DistributionStateView)),
)]
pub(crate) async fn get_group_distribution(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
) -> Answer {
    let rotation = rotations::of_group(state.store(), &grant, id).await?;
    let rotation = rotation.ok_or(Error::NotFound("group"))?;
    ok(&DistributionStateView::read(&state, &grant, &rotation).await?)
}
