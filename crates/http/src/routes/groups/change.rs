//! `PATCH /v1/groups/{id}`.

use evenhand_application::groups;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ManageGroups;

use super::body::ChangeGroup;
use super::view::GroupView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Change a group.
///
/// A JSON merge patch: what is absent stays. Limits hold from the next lead on.
#[utoipa::path(
    patch, path = "/v1/groups/{id}", tag = "groups",
    responses(
        (status = 200, description = "The group as it is now.", body = GroupView),
        (status = 409, description = "The name is taken: `group_name_taken`."),
    ),
)]
pub(crate) async fn change_group(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
    body: Body<ChangeGroup>,
) -> Answer {
    let organization = grant.organization();
    let content = body.read().await?.content;
    let change = content.check(|body, faults| body.parse(organization, faults))?;
    let group = groups::change(&state.services, &grant, id, change, expected.version()).await?;
    ok_version(group.version, &GroupView::from(&group))
}
