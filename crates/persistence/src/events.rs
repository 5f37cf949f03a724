//! The append-only log: who did what, when, to which record. A change and its event commit
//! together. Personal data goes to `details`, which can be erased.

use std::net::IpAddr;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::{Actor, Credential, Subject};
use serde_json::{Map, Value};
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
    /// By which credential; `None` for the service itself and for who has none yet.
    pub credential: Option<Credential>,
    /// When.
    pub at: Timestamp,
    /// Ids, numbers and codes; no personal data.
    pub data: Value,
    /// Personal data that belongs to it.
    pub details: Option<Value>,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl Event {
    /// What an actor did in their organization.
    #[must_use]
    pub fn by(
        actor: &Actor,
        kind: &'static str,
        subject_id: impl Into<Uuid>,
        at: Timestamp,
        data: Value,
    ) -> Self {
        Self {
            organization_id: actor.organization.id,
            kind,
            subject_id: subject_id.into(),
            by: (&actor.subject).into(),
            credential: Some(actor.stamp.credential),
            at,
            data,
            details: None,
            address: actor.address,
        }
    }

    /// What somebody did who comes with no credential, or the service itself.
    #[must_use]
    pub fn without_credential(
        organization_id: OrganizationId,
        by: EventActor,
        kind: &'static str,
        subject_id: impl Into<Uuid>,
        at: Timestamp,
        data: Value,
    ) -> Self {
        Self {
            organization_id,
            kind,
            subject_id: subject_id.into(),
            by,
            credential: None,
            at,
            data,
            details: None,
            address: None,
        }
    }

    /// The same with personal data.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same with where the request came from.
    #[must_use]
    pub const fn from_address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }
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
    let is_personal = |event: &Event| event.details.is_some() || event.address.is_some();
    let (detailed, plain): (Vec<Event>, Vec<Event>) = events.into_iter().partition(is_personal);
    insert(tx, plain).await?;
    // One at a time: the details need the sequence that the database gave, and a RETURNING of
    // many rows promises no order.
    for mut event in detailed {
        let details = event.details.take().unwrap_or_else(|| Value::Object(Map::new()));
        let (organization_id, address) = (event.organization_id, event.address);
        let sequence = insert_one(tx, event).await?;
        let mut rows = Rows::new([
            ("organization_id", Kind::Uuid),
            ("sequence", Kind::Int),
            ("data", Kind::Json),
            ("address", Kind::Text),
        ]);
        rows.push([
            organization_id.into(),
            sequence.into(),
            Cell::Json(details.to_string()),
            address.map(|address| address.to_string()).into(),
        ]);
        let db = tx.db();
        let sql = rows.insert(db.dialect, "event_details", "");
        db.execute(&sql, rows.into_values(db.dialect)).await?;
    }
    Ok(())
}

const COLUMNS: [(&str, Kind); 8] = [
    ("organization_id", Kind::Uuid),
    ("kind", Kind::Text),
    ("subject_id", Kind::Uuid),
    ("user_id", Kind::Uuid),
    ("api_key_id", Kind::Uuid),
    ("credential_id", Kind::Uuid),
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

fn statement(dialect: Dialect, events: Vec<Event>, then: &str) -> (String, Rows<8>) {
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
            event.credential.map(Credential::uuid).into(),
            event.at.micros().into(),
            Cell::Json(event.data.to_string()),
        ]);
    }
    (rows.insert(dialect, "events", then), rows)
}
