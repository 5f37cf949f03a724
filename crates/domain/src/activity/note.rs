//! Notes: what is to be known about a lead, in words.

use crate::clock::Timestamp;
use crate::ids::{AssignmentId, LeadId, NoteId, UserId};
use crate::lead::CreatedBy;
use crate::user::UserName;

/// What a note says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteFields {
    /// The words, at most [`super::bounds::TEXT`] characters.
    pub body: String,
    /// The users it mentions, each once, at most [`super::bounds::MENTIONS`].
    pub mentions: Vec<UserId>,
}

/// A change of a note; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoteChange {
    /// The words.
    pub body: Option<String>,
    /// The users it mentions.
    pub mentions: Option<Vec<UserId>>,
}

impl NoteFields {
    /// These with the change made.
    #[must_use]
    pub fn changed(self, change: NoteChange) -> Self {
        let NoteChange { body, mentions } = change;
        Self { body: body.unwrap_or(self.body), mentions: mentions.unwrap_or(self.mentions) }
    }
}

/// A stored note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Id; ids in order are notes in the order they were added.
    pub id: NoteId,
    /// The lead it is on.
    pub lead_id: LeadId,
    /// What it says.
    pub body: String,
    /// Whom it mentions.
    pub mentions: Vec<UserName>,
    /// Who added it.
    pub author: CreatedBy,
    /// The decision on the lead's ownership that it was said with.
    pub assignment_id: Option<AssignmentId>,
    /// Its latest change.
    pub edit: Option<NoteEdit>,
    /// Raised by every change.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The latest change of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteEdit {
    /// Who made it.
    pub by: CreatedBy,
    /// When.
    pub at: Timestamp,
}

impl Note {
    /// What it says, without names.
    #[must_use]
    pub fn fields(&self) -> NoteFields {
        let mentions = self.mentions.iter().map(|user| user.id).collect();
        NoteFields { body: self.body.clone(), mentions }
    }

    /// Who made it say what it says, and when.
    #[must_use]
    pub fn written(&self) -> (&CreatedBy, Timestamp) {
        match &self.edit {
            Some(edit) => (&edit.by, edit.at),
            None => (&self.author, self.created_at),
        }
    }
}

/// What a note said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRevision {
    /// The note's version then.
    pub version: i64,
    /// The words.
    pub body: String,
    /// Whom it mentioned.
    pub mentions: Vec<UserName>,
    /// Who wrote that.
    pub author: CreatedBy,
    /// When.
    pub written_at: Timestamp,
}
