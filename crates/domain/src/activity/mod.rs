//! What people and integrations put down on leads: notes, communications and tasks.

mod communication;
mod note;
mod task;

pub use communication::{
    Channel, Communication, CommunicationChange, CommunicationFields, Direction, NewCommunication,
};
pub use note::{Note, NoteChange, NoteEdit, NoteFields, NoteRevision};
pub use task::{Task, TaskChange, TaskDone, TaskFields, TaskFilter, TaskPriority};

use crate::ids::{ApiKeyId, UserId};
use crate::lead::CreatedBy;
use crate::permission::Subject;

/// What bounds the words, in characters, and what else can be put down.
pub mod bounds {
    /// Of a note, a communication's summary and a task's description.
    pub const TEXT: usize = 10_000;
    /// How many users a note mentions.
    pub const MENTIONS: usize = 20;
    /// Of a communication's outcome and a task's title.
    pub const LINE: usize = 200;
    /// How long a communication takes: a week.
    pub const DURATION_SECONDS: u32 = 7 * 86_400;
}

/// Who puts something down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// A person.
    User(UserId),
    /// An integration.
    ApiKey(ApiKeyId),
}

impl Author {
    /// The user, where it is one.
    #[must_use]
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::ApiKey(_) => None,
        }
    }

    /// The key, where it is one.
    #[must_use]
    pub const fn api_key_id(self) -> Option<ApiKeyId> {
        match self {
            Self::User(_) => None,
            Self::ApiKey(id) => Some(id),
        }
    }
}

impl From<&Subject> for Author {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::User { id, .. } => Self::User(*id),
            Subject::ApiKey { id, .. } => Self::ApiKey(*id),
        }
    }
}

impl From<&CreatedBy> for Author {
    fn from(by: &CreatedBy) -> Self {
        match by {
            CreatedBy::User { id, .. } => Self::User(*id),
            CreatedBy::ApiKey { id, .. } => Self::ApiKey(*id),
        }
    }
}
