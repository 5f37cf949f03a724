//! Communications as the API shows them.

use evenhand_domain::activity::{Channel, Communication, CommunicationFields, Direction};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::author_view::AuthorView;
use crate::schema::{Instant, page_view, words};

words! {
    /// By what means people were in touch.
    CommunicationChannel { "call", "email", "sms", "meeting", "other", }
}

words! {
    /// Who began it: the lead (`inbound`) or the organization (`outbound`).
    CommunicationDirection { "inbound", "outbound", }
}

/// The words of the channels.
pub(super) const CHANNELS: [&str; 5] = [
    Channel::Call.as_str(),
    Channel::Email.as_str(),
    Channel::Sms.as_str(),
    Channel::Meeting.as_str(),
    Channel::Other.as_str(),
];

/// The words of the directions.
pub(super) const DIRECTIONS: [&str; 2] =
    [Direction::Inbound.as_str(), Direction::Outbound.as_str()];

/// A communication with a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Communication, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0c",
    "lead_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e04",
    "channel": "call", "direction": "outbound",
    "summary": "Talked about the pension; calls back after the holidays.",
    "outcome": "call back", "duration_seconds": 420,
    "occurred_at": "2026-03-02T09:20:00.000000Z",
    "author": {
        "type": "user", "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01", "name": "Tom Tailor",
    },
    "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct CommunicationView {
    /// Its id.
    id: Uuid,
    /// The lead it was with.
    lead_id: Uuid,
    /// By what means: `call`, `email`, `sms`, `meeting` or `other`. There will be more.
    channel: &'static str,
    /// Who began it; null of a meeting, or of something else, that nobody is said to have begun.
    #[schema(value_type = Option<CommunicationDirection>)]
    direction: Option<&'static str>,
    /// What was said.
    summary: String,
    /// What came of it.
    outcome: Option<String>,
    /// How long it took.
    duration_seconds: Option<u32>,
    /// When it was.
    occurred_at: Instant,
    /// Who put it down.
    author: AuthorView,
    /// Raised by every change.
    version: i64,
    /// When it was put down.
    created_at: Instant,
    /// When that last changed.
    updated_at: Instant,
}

impl From<&Communication> for CommunicationView {
    fn from(communication: &Communication) -> Self {
        let Communication { id, lead_id, fields, author, version, created_at, updated_at } =
            communication;
        let CommunicationFields {
            channel,
            direction,
            summary,
            outcome,
            duration_seconds,
            occurred_at,
        } = fields;
        Self {
            id: id.uuid(),
            lead_id: lead_id.uuid(),
            channel: channel.as_str(),
            direction: direction.map(Direction::as_str),
            summary: summary.clone(),
            outcome: outcome.clone(),
            duration_seconds: *duration_seconds,
            occurred_at: (*occurred_at).into(),
            author: author.into(),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

page_view! {
    /// A page of communications.
    CommunicationPage of CommunicationView
}
