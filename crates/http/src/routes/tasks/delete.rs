//! `DELETE /v1/leads/{id}/tasks/{task_id}`.

use evenhand_application::activities::tasks;
use evenhand_domain::ids::{LeadId, TaskId};
use evenhand_domain::permission::EditLeads;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Delete a task.
///
/// Its words are gone for good; that it was added and deleted, when and by whom, is still told. By who
/// added it, and with the permission `activities.manage` by whoever works on the lead.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/tasks/{task_id}", tag = "activities",
    responses(
        (status = 204, description = "The task is gone."),
        (status = 403, description = "You may only look at the lead. Or somebody else added the task, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn delete_lead_task(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, TaskId>,
    expected: IfMatch,
) -> Answer {
    tasks::delete(&state.services, &grant, lead_id, id, expected.version()).await?;
    no_content()
}
