//! `PATCH /v1/leads/{id}/tasks/{task_id}`.

use evenhand_application::activities::tasks;
use evenhand_domain::ids::{LeadId, TaskId};
use evenhand_domain::permission::EditLeads;

use super::body::ChangeTask;
use super::view::TaskView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Change a task.
///
/// A JSON merge patch: what is absent stays; `done: true` completes it, `false` reopens it. By who added
/// it, and with the permission `activities.manage` by whoever works on the lead; its assignee, working
/// on the lead, says whether it is done.
#[utoipa::path(
    patch, path = "/v1/leads/{id}/tasks/{task_id}", tag = "activities",
    responses(
        (status = 200, description = "The task as it is now.", body = TaskView),
        (status = 403, description = "You may only look at the lead. Or somebody else added the task, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn change_lead_task(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, TaskId>,
    expected: IfMatch,
    body: Body<ChangeTask>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeTask::parse)?;
    let expected = expected.version();
    let task = tasks::change(&state.services, &grant, lead_id, id, change, expected).await?;
    ok_version(task.version, &TaskView::from(&task))
}
