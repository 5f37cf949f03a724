//! `PATCH /v1/groups/{id}/members/{user_id}`.

use evenhand_application::groups;
use evenhand_domain::ids::{GroupId, UserId};
use evenhand_domain::permission::ManageRotationMembers;

use super::body::ChangeGroupMember;
use super::view::MemberView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Change a member of a group.
///
/// Pause them, or give them limits of their own: anybody for who manages groups, else oneself and
/// the users of the teams one manages. The version is the group's.
#[utoipa::path(
    patch, path = "/v1/groups/{id}/members/{user_id}", tag = "groups",
    responses(
        (status = 200, description = "The member as they are now.", body = MemberView),
        (status = 403, description = "The member is on no team that you manage, and the permission `groups.manage` is missing: `permission_denied`."),
    ),
)]
pub(crate) async fn change_group_member(
    Authorized(grant): Authorized<ManageRotationMembers>,
    state: State,
    Ids(id, user): Ids<GroupId, UserId>,
    expected: IfMatch,
    body: Body<ChangeGroupMember>,
) -> Answer {
    let now = state.services.clock.now();
    let change = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let (group, member) =
        groups::change_member(&state.services, &grant, id, user, change, expected.version())
            .await?;
    ok_version(group.version, &MemberView::new(member, now))
}
