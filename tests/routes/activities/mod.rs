//! What holds of notes, communications and tasks alike.

mod conflicts;
mod erased;
mod who;

use serde_json::{Value, json};

/// One of the three.
struct Kind {
    /// In paths.
    path: &'static str,
    /// In names of events.
    event: &'static str,
    /// The field with the words.
    words: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind { path: "notes", event: "note", words: "body" },
    Kind { path: "communications", event: "communication", words: "summary" },
    Kind { path: "tasks", event: "task", words: "title" },
];

impl Kind {
    /// A body with these words; a task is for this user.
    fn body(&self, words: &str, user: &str) -> Value {
        match self.path {
            "notes" => json!({"body": words}),
            "communications" => json!({"channel": "meeting", "summary": words}),
            _ => json!({"title": words, "assignee_id": user}),
        }
    }

    /// A change to these words.
    fn change(&self, words: &str) -> Value {
        json!({(self.words): words})
    }
}
