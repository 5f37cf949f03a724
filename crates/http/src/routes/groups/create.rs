//! `POST /v1/groups`.

use evenhand_application::groups;
use evenhand_domain::group::Group;
use evenhand_domain::permission::ManageGroups;

use super::body::CreateGroup;
use super::unknown_users;
use super::view::GroupView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Make a group.
///
/// With its rotation and its first members. Members are users of the organization who are active.
#[utoipa::path(
    post, path = "/v1/groups", tag = "groups",
    responses(
        (status = 201, description = "The group.", body = GroupView),
        (status = 409, description = "The name is taken: `group_name_taken`."),
    ),
)]
pub(crate) async fn create_group(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateGroup>,
) -> Answer {
    let body = body.read().await?;
    let mut named = Vec::new();
    let mut parsed = body.content.parse(|body, faults| {
        let (group, listed) = body.parse(grant.organization(), faults);
        named = listed.placed;
        group
    });
    if parsed.is_faulty() {
        parsed.add(&unknown_users(&state, &grant, &named).await?);
    }
    let group = parsed.finish()?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = groups::create(&state.services, &grant, group, once.as_ref()).await?;
    key.answer(outcome, created)
}

fn created(group: &Group) -> Made {
    Made::created(format!("/v1/groups/{}", group.id), group.version, &GroupView::from(group))
}
