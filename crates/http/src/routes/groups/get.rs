//! `GET /v1/groups/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ViewGroups;
use evenhand_persistence::groups;

use super::view::GroupView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a group.
#[utoipa::path(
    get, path = "/v1/groups/{id}", tag = "groups",
    responses((status = 200, description = "The group.", body = GroupView)),
)]
pub(crate) async fn get_group(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
) -> Answer {
    let group = groups::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("group"))?;
    ok_version(group.version, &GroupView::from(&group))
}
