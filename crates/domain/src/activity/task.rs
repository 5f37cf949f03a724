//! Tasks: what somebody is to do about a lead.

use crate::clock::Timestamp;
use crate::ids::{LeadId, TaskId, UserId};
use crate::lead::CreatedBy;
use crate::user::{UserName, coded};

coded! {
    /// How much a task matters.
    TaskPriority {
        /// Less than others.
        Low = 1 "low",
        /// As much as others.
        Normal = 2 "normal",
        /// More than others.
        High = 3 "high",
    }
}

/// What a task says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFields {
    /// What is to be done, at most [`super::bounds::LINE`] characters.
    pub title: String,
    /// More about it, at most [`super::bounds::TEXT`] characters.
    pub description: Option<String>,
    /// Who is to do it.
    pub assignee_id: UserId,
    /// Until when.
    pub due_at: Option<Timestamp>,
    /// How much it matters.
    pub priority: TaskPriority,
}

/// A change of a task; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskChange {
    /// What is to be done.
    pub title: Option<String>,
    /// More about it.
    pub description: Option<Option<String>>,
    /// Who is to do it.
    pub assignee_id: Option<UserId>,
    /// Until when.
    pub due_at: Option<Option<Timestamp>>,
    /// How much it matters.
    pub priority: Option<TaskPriority>,
    /// Whether it is done.
    pub done: Option<bool>,
}

impl TaskChange {
    /// Whether it is about nothing but whether the task is done: its assignee's own business.
    #[must_use]
    pub const fn is_about_done_alone(&self) -> bool {
        let Self { title, description, assignee_id, due_at, priority, done: _ } = self;
        title.is_none()
            && description.is_none()
            && assignee_id.is_none()
            && due_at.is_none()
            && priority.is_none()
    }
}

impl TaskFields {
    /// These with the change made.
    #[must_use]
    pub fn changed(self, change: TaskChange) -> Self {
        let TaskChange { title, description, assignee_id, due_at, priority, done: _ } = change;
        Self {
            title: title.unwrap_or(self.title),
            description: description.unwrap_or(self.description),
            assignee_id: assignee_id.unwrap_or(self.assignee_id),
            due_at: due_at.unwrap_or(self.due_at),
            priority: priority.unwrap_or(self.priority),
        }
    }
}

/// That a task was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDone {
    /// When.
    pub at: Timestamp,
    /// Who said so.
    pub by: CreatedBy,
}

/// A stored task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Id.
    pub id: TaskId,
    /// The lead it is about.
    pub lead_id: LeadId,
    /// What is to be done.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// Who is to do it.
    pub assignee: UserName,
    /// Until when.
    pub due_at: Option<Timestamp>,
    /// How much it matters.
    pub priority: TaskPriority,
    /// That it is done.
    pub done: Option<TaskDone>,
    /// Who added it.
    pub author: CreatedBy,
    /// Raised by every change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Task {
    /// What it says, without names.
    #[must_use]
    pub fn fields(&self) -> TaskFields {
        TaskFields {
            title: self.title.clone(),
            description: self.description.clone(),
            assignee_id: self.assignee.id,
            due_at: self.due_at,
            priority: self.priority,
        }
    }
}

/// What a list of tasks is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Whose.
    pub assignee_id: Option<UserId>,
    /// On this lead.
    pub lead_id: Option<LeadId>,
    /// Done, or not.
    pub done: Option<bool>,
    /// Not done, and due before this instant.
    pub overdue_at: Option<Timestamp>,
    /// Due at this instant or later.
    pub due_from: Option<Timestamp>,
    /// Due before this instant.
    pub due_to: Option<Timestamp>,
    /// That matter so much.
    pub priority: Option<TaskPriority>,
}
