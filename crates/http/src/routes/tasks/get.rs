//! `GET /v1/leads/{id}/tasks/{task_id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{LeadId, TaskId};
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::tasks;

use super::view::TaskView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Read a task.
#[utoipa::path(
    get, path = "/v1/leads/{id}/tasks/{task_id}", tag = "activities",
    responses((status = 200, description = "The task.", body = TaskView)),
)]
pub(crate) async fn get_lead_task(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, TaskId>,
) -> Answer {
    let task = tasks::get(state.store(), &grant, lead_id, id).await?;
    let task = task.ok_or(Error::NotFound("task"))?;
    ok_version(task.version, &TaskView::from(&task))
}
