//! `GET /v1/groups`.

use evenhand_domain::permission::ViewGroups;
use evenhand_persistence::groups;

use super::view::{GroupPage, GroupView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List groups.
///
/// Newest first, archived ones left out.
#[utoipa::path(
    get, path = "/v1/groups", tag = "groups",
    responses((status = 200, description = "A page of groups.", body = GroupPage)),
)]
pub(crate) async fn list_groups(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|none, _| Some(none))?;
    let page = groups::list(state.store(), &grant, &asked.page).await?;
    ok(&GroupPage::from(asked.views(page, |group| GroupView::from(&group))))
}
