//! `GET` and `PUT /v1/groups/{id}/members`.

use evenhand_application::groups as changes;
use evenhand_domain::error::Error;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::{ManageGroups, ViewGroups};
use evenhand_persistence::groups;

use super::body::SetGroupMembers;
use super::unknown_users;
use super::view::MemberList;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// List a group's members.
///
/// All of them, in turn order.
#[utoipa::path(
    get, path = "/v1/groups/{id}/members", tag = "groups",
    responses((
        status = 200, description = "The members.", body = MemberList,
        headers(("ETag" = String, description = "The group's version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn list_group_members(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
) -> Answer {
    let group = groups::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("group"))?;
    let members = groups::members(state.store(), &grant, id).await?;
    ok_version(group.version, &MemberList::new(members, state.services.clock.now()))
}

/// Set a group's members.
///
/// The whole list in turn order. Who stays keeps their settings and counts; the turn of somebody
/// who leaves passes to their successor.
#[utoipa::path(
    put, path = "/v1/groups/{id}/members", tag = "groups",
    responses((status = 200, description = "The members as they are now.", body = MemberList)),
)]
pub(crate) async fn set_group_members(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
    body: Body<SetGroupMembers>,
) -> Answer {
    let mut named = Vec::new();
    let mut parsed = body.read().await?.content.parse(|body, faults| {
        let (order, listed) = body.parse(faults);
        named = listed.placed;
        order
    });
    if parsed.is_faulty() {
        parsed.add(&unknown_users(&state, &grant, &named).await?);
    }
    let order = parsed.finish()?;
    let (group, members) =
        changes::set_members(&state.services, &grant, id, &order, expected.version()).await?;
    ok_version(group.version, &MemberList::new(members, state.services.clock.now()))
}
