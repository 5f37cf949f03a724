//! `GET /v1/tasks`.

use evenhand_domain::activity::TaskFilter;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Permission, ViewLeads};
use evenhand_persistence::activities::tasks;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::parse_priority;
use super::view::{TaskPage, TaskPriority, TaskView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::List;
use crate::routes::leads::may_name;
use crate::state::State;

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskQuery {
    /// Whose: `me`, or a user's id. Another person's id is for those who see every lead, and for
    /// managers of a team that the person is a user of.
    assignee: Option<String>,
    /// Only those on this lead.
    #[param(value_type = Option<Uuid>)]
    lead_id: Option<String>,
    /// Only those that are done, or are not.
    #[param(value_type = Option<bool>)]
    done: Option<String>,
    /// With `true`, only those that are not done and were due before now.
    #[param(value_type = Option<bool>)]
    overdue: Option<String>,
    /// Only those due at this instant or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    due_from: Option<String>,
    /// Only those due before this instant (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    due_to: Option<String>,
    /// Only those that matter so much.
    #[param(value_type = Option<TaskPriority>)]
    priority: Option<String>,
}

/// List tasks.
///
/// On every lead that you see: those due first come first, those without a due date last.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "activities",
    responses(
        (status = 200, description = "A page of tasks.", body = TaskPage),
        (status = 403, description = "Another person's tasks were asked for without the permission `leads.view_all`: `permission_denied`."),
    ),
)]
pub(crate) async fn list_tasks(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    list: List<TaskQuery>,
) -> Answer {
    let now = state.services.clock.now();
    let asked = list.check(|query, faults| query.parse(grant.user_id(), now, faults))?;
    if let Some(assignee) = asked.filter.assignee_id
        && !may_name(grant.scope(), assignee)
    {
        return Err(Error::Denied(Permission::LeadsViewAll).into());
    }
    let page = tasks::list(state.store(), &grant, &asked.filter, &asked.page).await?;
    ok(&TaskPage::from(asked.views(page, |task| TaskView::from(&task))))
}

impl TaskQuery {
    /// What `caller` asks for at this instant.
    fn parse(
        self,
        caller: Option<UserId>,
        now: Timestamp,
        faults: &mut Faults,
    ) -> Option<TaskFilter> {
        let Self { assignee, lead_id, done, overdue, due_from, due_to, priority } = self;
        let assignee = fields::optional(assignee, |text| parse_assignee(&text, caller, faults));
        let lead_id = fields::optional(lead_id, |id| fields::id(faults, "/lead_id", &id));
        let done = fields::optional(done, |text| fields::flag(faults, "/done", &text));
        let overdue = fields::optional(overdue, |text| fields::flag(faults, "/overdue", &text));
        let due_from = fields::optional(due_from, |at| fields::instant(faults, "/due_from", &at));
        let due_to = fields::optional(due_to, |at| fields::instant(faults, "/due_to", &at));
        let priority = fields::optional(priority, |text| parse_priority(&text, faults));
        Some(TaskFilter {
            assignee_id: assignee?,
            lead_id: lead_id?,
            done: done?,
            overdue_at: (overdue? == Some(true)).then_some(now),
            due_from: due_from?,
            due_to: due_to?,
            priority: priority?,
        })
    }
}

fn parse_assignee(text: &str, me: Option<UserId>, faults: &mut Faults) -> Option<UserId> {
    match (text, me) {
        ("me", Some(me)) => Some(me),
        ("me", None) => {
            faults.add("/assignee", "invalid_value", "an API key has no tasks");
            None
        }
        (id, _) => {
            let id = fields::id(&mut Faults::default(), "/assignee", id);
            if id.is_none() {
                faults.add("/assignee", "invalid_value", "me, or a user's id");
            }
            id
        }
    }
}
