//! `GET /v1/leads/{id}/tasks`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::tasks;

use super::view::{TaskPage, TaskView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List the tasks on a lead.
///
/// Those due first come first, those without a due date last. Whoever sees the lead reads them, former owners and who entered it as well.
#[utoipa::path(
    get, path = "/v1/leads/{id}/tasks", tag = "activities",
    responses((status = 200, description = "A page of tasks.", body = TaskPage)),
)]
pub(crate) async fn list_lead_tasks(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|filters, _| Some(filters))?;
    let page = tasks::list_of_lead(state.store(), &grant, lead_id, &asked.page).await?;
    let page = page.ok_or(Error::NotFound("lead"))?;
    ok(&TaskPage::from(asked.views(page, |task| TaskView::from(&task))))
}
