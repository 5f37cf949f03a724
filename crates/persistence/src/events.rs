//! The append-only log: who did what, when, to which record. A change and its event commit
//! together. Personal data goes to `details`, which can be erased.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::Subject;
use serde_json::Value;
use uuid::Uuid;

use crate::rows::{Cell, Kind, Rows};
use crate::store::Dialect;
use crate::{Read, Result, Tx};

/// One line of the log.
#[derive(Debug, Clone)]
pub struct Event {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// What happened, e.g. `group.created`.
    pub kind: &'static str,
    /// The record it happened to.
    pub subject_id: Uuid,
    /// Who did it.
    pub by: EventActor,
    /// When.
    pub at: Timestamp,
    /// Ids, numbers and codes; no personal data.
    pub data: Value,
    /// Personal data that belongs to it.
    pub details: Option<Value>,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventActor {
    /// A user.
    User(Uuid),
    /// An API key.
    ApiKey(Uuid),
    /// The service itself, e.g. at set-up.
    Service,
}

impl From<&Subject> for EventActor {
    fn from(subject: &Subject) -> Self {
        match subject {
            Subject::User { id, .. } => Self::User(id.uuid()),
            Subject::ApiKey { id, .. } => Self::ApiKey(id.uuid()),
        }
    }
}

/// Appends events in the given order.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, events: Vec<Event>) -> Result<()> {
    let (detailed, plain): (Vec<Event>, Vec<Event>) =
        events.into_iter().partition(|event| event.details.is_some());
    insert(tx, plain).await?;
    // One at a time: the details need the sequence that the database gave, and a RETURNING of
    // many rows promises no order.
    for mut event in detailed {
        let details = event.details.take();
        let organization_id = event.organization_id;
        let sequence = insert_one(tx, event).await?;
        if let Some(details) = details {
            let mut rows = Rows::new([
                ("organization_id", Kind::Uuid),
                ("sequence", Kind::Int),
                ("data", Kind::Json),
            ]);
            rows.push([organization_id.into(), sequence.into(), Cell::Json(details.to_string())]);
            let db = tx.db();
            let sql = rows.insert(db.dialect, "event_details", "");
            db.execute(&sql, rows.into_values(db.dialect)).await?;
        }
    }
    Ok(())
}

const COLUMNS: [(&str, Kind); 7] = [
    ("organization_id", Kind::Uuid),
    ("kind", Kind::Text),
    ("subject_id", Kind::Uuid),
    ("user_id", Kind::Uuid),
    ("api_key_id", Kind::Uuid),
    ("at", Kind::Int),
    ("data", Kind::Json),
];

async fn insert(tx: &mut Tx, events: Vec<Event>) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let (sql, rows) = statement(tx.db().dialect, events, "");
    let db = tx.db();
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

#[derive(sea_orm::FromQueryResult)]
struct Appended {
    sequence: i64,
}

async fn insert_one(tx: &mut Tx, event: Event) -> Result<i64> {
    let (sql, rows) = statement(tx.db().dialect, vec![event], "RETURNING sequence");
    let db = tx.db();
    let appended: Option<Appended> = db.one(&sql, rows.into_values(db.dialect)).await?;
    appended
        .map(|row| row.sequence)
        .ok_or_else(|| crate::Error::corrupt("an event was not appended"))
}

fn statement(dialect: Dialect, events: Vec<Event>, then: &str) -> (String, Rows<7>) {
    let mut rows = Rows::new(COLUMNS);
    for event in events {
        let (user_id, api_key_id) = match event.by {
            EventActor::User(id) => (Some(id), None),
            EventActor::ApiKey(id) => (None, Some(id)),
            EventActor::Service => (None, None),
        };
        rows.push([
            event.organization_id.into(),
            event.kind.into(),
            event.subject_id.into(),
            user_id.into(),
            api_key_id.into(),
            event.at.micros().into(),
            Cell::Json(event.data.to_string()),
        ]);
    }
    (rows.insert(dialect, "events", then), rows)
}
