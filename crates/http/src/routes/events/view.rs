//! Events of the feed as the API shows them.

use evenhand_domain::audit::subject_type_in_feed;
use evenhand_persistence::feed::FeedEvent;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::routes::event_view::{EventActorView, EventData, EventSubjectView};
use crate::schema::Instant;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event, example = json!({
    "id": "4712",
    "kind": "lead.created",
    "at": "2026-03-02T09:30:00.000000Z",
    "actor": {"type": "api_key", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05", "name": "Web form"},
    "subject": {"type": "lead", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e07"},
    "data": {
        "owner_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02",
        "source": "distribution",
        "turn": 42,
    },
}))]
pub(crate) struct EventView {
    /// Its number in the log, which no other event has. Numbers are not in the order of the feed.
    #[schema(pattern = "^[0-9]+$")]
    id: String,
    /// What happened, `area.what`. There will be more.
    kind: String,
    /// When.
    at: Instant,
    /// Who did it.
    actor: EventActorView,
    /// The record it happened to.
    subject: EventSubjectView,
    /// What it was before and after; no personal data.
    #[schema(value_type = EventData)]
    data: Value,
}

impl From<FeedEvent> for EventView {
    fn from(event: FeedEvent) -> Self {
        let FeedEvent { place, kind, at, by, by_name, subject_id, data } = event;
        let subject = EventSubjectView { r#type: subject_type_in_feed(&kind), id: subject_id };
        Self {
            id: place.sequence.to_string(),
            kind,
            at: at.into(),
            actor: EventActorView::of(by, by_name),
            subject,
            data,
        }
    }
}

/// A stretch of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventFeed {
    /// The events, oldest first; none when there is nothing new.
    pub(crate) data: Vec<EventView>,
    /// Send it as `after` to go on from here; there always is one.
    pub(crate) next_cursor: String,
    /// Whether there is more to be read at once. With filters also when this stretch holds nothing.
    pub(crate) has_more: bool,
}
