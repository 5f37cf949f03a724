//! `POST /v1/leads/{id}/tasks`.

use evenhand_application::activities::tasks;
use evenhand_domain::activity::Task;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::EditLeads;

use super::body::AddTask;
use super::view::TaskView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Add a task to a lead.
///
/// By whoever works on the lead, for an active user who sees it (else `cannot_see_lead`). The lead's own
/// version stays.
#[utoipa::path(
    post, path = "/v1/leads/{id}/tasks", tag = "activities",
    responses(
        (status = 201, description = "The task.", body = TaskView),
        (status = 403, description = "You may only look at the lead."),
    ),
)]
pub(crate) async fn add_lead_task(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    key: IdempotencyKey,
    body: Body<AddTask>,
) -> Answer {
    let body = body.read().await?;
    let fields = body.content.check(|body, faults| body.parse(grant.user_id(), faults))?;
    let once = key.once(grant.stamp().credential, &body.bytes, added);
    let outcome = tasks::add(&state.services, &grant, lead_id, fields, once.as_ref()).await?;
    key.answer(outcome, added)
}

fn added(task: &Task) -> Made {
    let location = format!("/v1/leads/{}/tasks/{}", task.lead_id, task.id);
    Made::created(location, task.version, &TaskView::from(task))
}
