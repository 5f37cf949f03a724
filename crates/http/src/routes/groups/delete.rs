//! `DELETE /v1/groups/{id}`.

use evenhand_application::groups;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ManageGroups;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Archive a group.
///
/// It disappears from lists and can no longer be dealt to. Leads and the ledger stay.
#[utoipa::path(
    delete, path = "/v1/groups/{id}", tag = "groups",
    responses(
        (status = 204, description = "The group is archived."),
        (status = 409, description = "Routing rules send leads to it: `used_by_rules` with `rules`."),
    ),
)]
pub(crate) async fn delete_group(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
) -> Answer {
    groups::archive(&state.services, &grant, id, expected.version()).await?;
    no_content()
}
