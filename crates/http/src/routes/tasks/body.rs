//! What clients send about tasks.

use evenhand_domain::activity::{TaskChange, TaskFields, TaskPriority as Priority, bounds};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::text;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{PRIORITIES, TaskPriority};
use crate::body::present;
use crate::fields;

/// A task to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Send the offer", "assignee_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01",
    "due_at": "2026-03-06T12:00:00Z", "priority": "high",
}))]
pub(crate) struct AddTask {
    /// What is to be done.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 200)]
    title: Option<String>,
    /// More about it, in one line or several.
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// Who is to do it: an active user who sees the lead. You when absent; an API key has to say.
    #[schema(value_type = Option<Uuid>)]
    assignee_id: Option<String>,
    /// Until when (RFC 3339).
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// How much it matters; `normal` when absent.
    #[schema(value_type = Option<TaskPriority>)]
    priority: Option<String>,
}

impl AddTask {
    /// The task that `caller` wants added.
    pub(super) fn parse(self, caller: Option<UserId>, faults: &mut Faults) -> Option<TaskFields> {
        let Self { title, description, assignee_id, due_at, priority } = self;
        let title = fields::required_line(faults, "/title", title, bounds::LINE);
        let description = parse_description(description, faults);
        let assignee_id = match assignee_id {
            Some(id) => fields::id(faults, "/assignee_id", &id),
            None => fields::required(faults, "/assignee_id", caller),
        };
        let due_at = parse_due_at(due_at, faults);
        let priority = match priority {
            Some(priority) => parse_priority(&priority, faults),
            None => Some(Priority::Normal),
        };
        Some(TaskFields {
            title: title?,
            description: description?,
            assignee_id: assignee_id?,
            due_at: due_at?,
            priority: priority?,
        })
    }
}

/// A change of a task (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"done": true}))]
pub(crate) struct ChangeTask {
    /// What is to be done.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    title: Option<Option<String>>,
    /// More about it, in one line or several; null = nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    description: Option<Option<String>>,
    /// Who is to do it: an active user who sees the lead.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Uuid, required = false)]
    assignee_id: Option<Option<String>>,
    /// Until when (RFC 3339); null = whenever.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Option<String>>,
    /// How much it matters.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = TaskPriority, required = false)]
    priority: Option<Option<String>>,
    /// Whether it is done.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    done: Option<Option<bool>>,
}

impl ChangeTask {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<TaskChange> {
        let Self { title, description, assignee_id, due_at, priority, done } = self;
        let title = fields::patched(title, |title| {
            fields::required_line(faults, "/title", title, bounds::LINE)
        });
        let description =
            fields::patched(description, |description| parse_description(description, faults));
        let assignee_id = fields::patched(assignee_id, |id| {
            let id = fields::required(faults, "/assignee_id", id)?;
            fields::id(faults, "/assignee_id", &id)
        });
        let due_at = fields::patched(due_at, |due_at| parse_due_at(due_at, faults));
        let priority = fields::patched(priority, |priority| {
            let priority = fields::required(faults, "/priority", priority)?;
            parse_priority(&priority, faults)
        });
        let done = fields::patched(done, |done| fields::required(faults, "/done", done));
        Some(TaskChange {
            title: title?,
            description: description?,
            assignee_id: assignee_id?,
            due_at: due_at?,
            priority: priority?,
            done: done?,
        })
    }
}

fn parse_description(text: Option<String>, faults: &mut Faults) -> Option<Option<String>> {
    faults.keep("/description", text::lines(&text.unwrap_or_default(), bounds::TEXT))
}

fn parse_due_at(due_at: Option<String>, faults: &mut Faults) -> Option<Option<Timestamp>> {
    fields::optional(due_at, |at| fields::instant(faults, "/due_at", &at))
}

/// One of the words of the priorities, in a body or in a query.
pub(super) fn parse_priority(priority: &str, faults: &mut Faults) -> Option<Priority> {
    fields::word(faults, "/priority", priority, Priority::from_text, &PRIORITIES)
}
