//! `GET /v1/teams`.

use evenhand_domain::permission::ViewTeams;
use evenhand_persistence::teams;

use super::view::{TeamPage, TeamView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List teams.
///
/// Newest first: those you are on; all of them for who manages teams. Archived ones are left out.
#[utoipa::path(
    get, path = "/v1/teams", tag = "teams",
    responses((status = 200, description = "A page of teams.", body = TeamPage)),
)]
pub(crate) async fn list_teams(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|none, _| Some(none))?;
    let page = teams::list(state.store(), &grant, &asked.page).await?;
    ok(&TeamPage::from(asked.views(page, |team| TeamView::from(&team))))
}
