//! Notes as the API shows them.

use evenhand_domain::activity::{Note, NoteRevision};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::author_view::AuthorView;
use crate::routes::users::view::UserNameView;
use crate::schema::{Instant, page_view};

/// A note on a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0b",
    "lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "body": "Wants the offer by Friday.\nMia, can you look at the price?",
    "mentions": [{
        "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08", "first_name": "Mia", "last_name": null,
        "partner": false,
    }],
    "author": {
        "type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "name": "Tom Tailor",
    },
    "assignment_id": null, "edited_at": null, "edited_by": null, "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct NoteView {
    /// Its id; ids in order are notes in the order they were added.
    id: Uuid,
    /// The lead it is on.
    lead_id: Uuid,
    /// The words, of one line or several.
    body: String,
    /// Whom it mentions, in the order given.
    mentions: Vec<UserNameView>,
    /// Who added it.
    author: AuthorView,
    /// The decision on the lead's ownership that it was said with; null of all other notes.
    assignment_id: Option<Uuid>,
    /// When it was last changed; null until then.
    edited_at: Option<Instant>,
    /// Who changed it last; null until then.
    edited_by: Option<AuthorView>,
    /// Raised by every change.
    version: i64,
    /// When it was added.
    created_at: Instant,
    /// When it was last changed, or added.
    updated_at: Instant,
}

impl From<&Note> for NoteView {
    fn from(note: &Note) -> Self {
        let (_, updated_at) = note.written();
        let Note { id, lead_id, body, mentions, author, assignment_id, edit, version, created_at } =
            note;
        Self {
            id: id.uuid(),
            lead_id: lead_id.uuid(),
            body: body.clone(),
            mentions: mentions.iter().cloned().map(UserNameView::from).collect(),
            author: author.into(),
            assignment_id: assignment_id.map(Uuid::from),
            edited_at: edit.as_ref().map(|edit| edit.at.into()),
            edited_by: edit.as_ref().map(|edit| (&edit.by).into()),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: updated_at.into(),
        }
    }
}

page_view! {
    /// A page of notes.
    NotePage of NoteView
}

/// What a note said before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoteRevision, example = json!({
    "version": 1, "body": "Wants the offer by Thursday.", "mentions": [],
    "author": {
        "type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "name": "Tom Tailor",
    },
    "written_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct NoteRevisionView {
    /// The note's version then.
    version: i64,
    /// The words.
    body: String,
    /// Whom it mentioned.
    mentions: Vec<UserNameView>,
    /// Who wrote that.
    author: AuthorView,
    /// When.
    written_at: Instant,
}

impl From<NoteRevision> for NoteRevisionView {
    fn from(revision: NoteRevision) -> Self {
        let NoteRevision { version, body, mentions, author, written_at } = revision;
        Self {
            version,
            body,
            mentions: mentions.into_iter().map(UserNameView::from).collect(),
            author: (&author).into(),
            written_at: written_at.into(),
        }
    }
}

page_view! {
    /// A page of what a note said before.
    NoteRevisionPage of NoteRevisionView
}
