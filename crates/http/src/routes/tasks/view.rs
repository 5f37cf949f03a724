//! Tasks as the API shows them.

use evenhand_domain::activity::{Task, TaskPriority as Priority};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::author_view::AuthorView;
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, page_view, words};

words! {
    /// How much a task matters.
    TaskPriority { "low", "normal", "high", }
}

/// The words of the priorities.
pub(super) const PRIORITIES: [&str; 3] =
    [Priority::Low.as_str(), Priority::Normal.as_str(), Priority::High.as_str()];

/// What somebody is to do about a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0d",
    "lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "title": "Send the offer", "description": null,
    "assignee": {
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "first_name": "Tom", "last_name": "Tailor",
        "partner": false,
    },
    "due_at": "2026-03-06T12:00:00.000000Z", "priority": "high",
    "done": false, "done_at": null, "done_by": null,
    "author": {
        "type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08", "name": "Mia",
    },
    "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct TaskView {
    /// Its id.
    id: Uuid,
    /// The lead it is about.
    lead_id: Uuid,
    /// What is to be done.
    title: String,
    /// More about it.
    description: Option<String>,
    /// Who is to do it.
    assignee: UserNameView,
    /// Until when; null = whenever.
    due_at: Option<Instant>,
    /// How much it matters.
    #[schema(value_type = TaskPriority)]
    priority: &'static str,
    /// Whether it is done.
    done: bool,
    /// When it was done; null until then.
    done_at: Option<Instant>,
    /// Who said so; null until then.
    done_by: Option<AuthorView>,
    /// Who added it.
    author: AuthorView,
    /// Raised by every change.
    version: i64,
    /// When it was added.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
}

impl From<&Task> for TaskView {
    fn from(task: &Task) -> Self {
        let Task {
            id,
            lead_id,
            title,
            description,
            assignee,
            due_at,
            priority,
            done,
            author,
            version,
            created_at,
            updated_at,
        } = task;
        Self {
            id: id.uuid(),
            lead_id: lead_id.uuid(),
            title: title.clone(),
            description: description.clone(),
            assignee: assignee.clone().into(),
            due_at: due_at.map(Instant::from),
            priority: priority.as_str(),
            done: done.is_some(),
            done_at: done.as_ref().map(|done| done.at.into()),
            done_by: done.as_ref().map(|done| (&done.by).into()),
            author: author.into(),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

page_view! {
    /// A page of tasks.
    TaskPage of TaskView
}
