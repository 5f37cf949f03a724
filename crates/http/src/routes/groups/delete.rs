//! `DELETE /v1/groups/{id}`.

use evenhand_application::archiving::Answered;
use evenhand_application::groups;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::ManageGroups;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::routes::rotations::answered;
use crate::state::State;

/// What is to become of what depends on the group.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteGroupQuery {
    /// `remove` takes the group out of invitations: who accepts one joins it no more.
    #[param(pattern = "^remove$")]
    invitations: Option<String>,
    /// `stop` ends deactivations whose leads the group is dealing: they fail, and the rest of the
    /// leads stay where they are.
    #[param(pattern = "^stop$")]
    off_boardings: Option<String>,
}

/// Archive a group.
///
/// It disappears from lists and can no longer be dealt to. Leads and the ledger stay. Not while
/// something depends on it that the request does not answer for: rotations that fall back to it and
/// API keys that are bound to it have to be changed first, and leads that wait for it dealt or taken
/// off its list; for the others there are parameters.
#[utoipa::path(
    delete, path = "/v1/groups/{id}", tag = "groups",
    responses(
        (status = 204, description = "The group is archived."),
        (status = 409, description = "Something depends on it that the request does not answer for: `group_in_use` with `dependents`. Routing rules send leads to it: `used_by_rules` with `rules`."),
    ),
)]
pub(crate) async fn delete_group(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Id(id): Id<GroupId>,
    expected: IfMatch,
    query: Query<DeleteGroupQuery>,
) -> Answer {
    let answered = query.check(DeleteGroupQuery::parse)?;
    groups::archive(&state.services, &grant, id, answered, expected.version()).await?;
    no_content()
}

impl DeleteGroupQuery {
    fn parse(self, faults: &mut Faults) -> Option<Answered> {
        let invitations = answered(faults, "/invitations", self.invitations, "remove");
        let off_boardings = answered(faults, "/off_boardings", self.off_boardings, "stop");
        Some(Answered { members: true, invitations: invitations?, off_boardings: off_boardings? })
    }
}
