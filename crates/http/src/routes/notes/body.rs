//! What clients send about notes.

use evenhand_domain::activity::{NoteChange, NoteFields, bounds};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::present;
use crate::fields;

/// A note to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "body": "Wants the offer by Friday.\nMia, can you look at the price?",
    "mentions": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e08"],
}))]
pub(crate) struct AddNote {
    /// The words, of one line or several.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 10000)]
    body: Option<String>,
    /// Active users who see the lead.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 20)]
    mentions: Option<Vec<String>>,
}

impl AddNote {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<NoteFields> {
        let Self { body, mentions } = self;
        let body = fields::required_lines(faults, "/body", body, bounds::TEXT);
        let mentions = parse_mentions(mentions, faults);
        Some(NoteFields { body: body?, mentions: mentions? })
    }
}

/// A change of a note (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "Wants the offer by Monday."}))]
pub(crate) struct ChangeNote {
    /// The words, of one line or several.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 10000)]
    body: Option<Option<String>>,
    /// Active users who see the lead; null = nobody. Those mentioned before may stay though they do
    /// not see it any more.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 20)]
    mentions: Option<Option<Vec<String>>>,
}

impl ChangeNote {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<NoteChange> {
        let Self { body, mentions } = self;
        let body = fields::patched(body, |body| {
            fields::required_lines(faults, "/body", body, bounds::TEXT)
        });
        let mentions = fields::patched(mentions, |mentions| parse_mentions(mentions, faults));
        Some(NoteChange { body: body?, mentions: mentions? })
    }
}

fn parse_mentions(mentions: Option<Vec<String>>, faults: &mut Faults) -> Option<Vec<UserId>> {
    let mentions = mentions.unwrap_or_default();
    fields::ids(faults, "/mentions", &mentions, bounds::MENTIONS).all()
}
