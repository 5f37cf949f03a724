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
use crate::{Read, Result, Tx, Writes, convert};

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

impl EventActor {
    /// Who did something, by the columns of `events`.
    pub(crate) const fn of(user_id: Option<Uuid>, api_key_id: Option<Uuid>) -> Self {
        match (user_id, api_key_id) {
            (Some(id), _) => Self::User(id),
            (None, Some(id)) => Self::ApiKey(id),
            (None, None) => Self::Service,
        }
    }
}

/// Joins to events `e` the user `u` or the API key `k` that did it.
pub(crate) const ACTOR_JOINS: &str = "\
    LEFT JOIN users u ON u.organization_id = e.organization_id AND u.id = e.user_id \
    LEFT JOIN api_keys k ON k.organization_id = e.organization_id AND k.id = e.api_key_id";

/// The name of who did something, by what [`ACTOR_JOINS`] found; `None` for the service.
pub(crate) fn actor_name(
    first_name: Option<&str>,
    last_name: Option<&str>,
    key_name: Option<String>,
) -> Option<String> {
    let user_name = first_name.map(|first| convert::full_name(first, last_name));
    user_name.or(key_name)
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
    let mut writes = Writes::of(tx);
    append_with(tx, &mut writes, events).await?;
    writes.run(tx).await
}

/// The same with other writes.
///
/// # Errors
/// When the database fails.
pub async fn append_with(tx: &mut Tx, writes: &mut Writes, events: Vec<Event>) -> Result<()> {
    if events.iter().any(|event| event.kind.starts_with("lead.")) {
        tx.wake_indexing();
    }
    // Personal data is kept by the sequence of its event, and a RETURNING of many rows promises no
    // order: the sequences are taken beforehand where there is any.
    let is_personal = |event: &Event| event.details.is_some() || event.address.is_some();
    if !events.iter().any(is_personal) {
        insert(writes, &events);
        return Ok(());
    }
    let sequences = reserve(tx, events.len()).await?;
    let [a, b, c, d, e, f, g, h] = COLUMNS;
    let mut rows = Rows::new([("sequence", Kind::Int), a, b, c, d, e, f, g, h]);
    let mut details = Rows::new([
        ("organization_id", Kind::Uuid),
        ("sequence", Kind::Int),
        ("data", Kind::Json),
        ("address", Kind::Text),
    ]);
    for (event, sequence) in events.iter().zip(sequences) {
        let [a, b, c, d, e, f, g, h] = row(event);
        rows.push([sequence.into(), a, b, c, d, e, f, g, h]);
        if is_personal(event) {
            details.push(details_row(event, sequence));
        }
    }
    let names = rows.names();
    // The numbers are the column's own, taken before.
    let own = writes.dialect().pick("OVERRIDING SYSTEM VALUE", "");
    writes.with(rows, &format!("INSERT INTO events ({names}) {own} SELECT {names} FROM input"));
    writes.insert(details, "event_details", "");
    Ok(())
}

fn insert(writes: &mut Writes, events: &[Event]) {
    let mut rows = Rows::new(COLUMNS);
    events.iter().for_each(|event| rows.push(row(event)));
    match writes.dialect() {
        // Readers of the log rely on it that whoever takes a number has an id as a transaction
        // before (`lead_search::mark`): numbers are taken where rows are made of what is joined.
        Dialect::Postgres => {
            let names = rows.names();
            let sql = format!(
                "INSERT INTO events (transaction_id, {names}) SELECT t.id, {names} \
                 FROM pg_current_xact_id() AS t (id) CROSS JOIN input"
            );
            writes.with(rows, &sql);
        }
        Dialect::Sqlite => writes.insert(rows, "events", ""),
    }
}

/// Erases the personal data of every event of a record. Where requests came from stays: that is about
/// who made them.
///
/// # Errors
/// When the database fails.
pub async fn erase_details(
    tx: &mut Tx,
    organization_id: OrganizationId,
    subject_id: Uuid,
) -> Result<()> {
    let sql = "UPDATE event_details SET data = '{}' WHERE organization_id = $1 AND sequence IN \
               (SELECT sequence FROM events WHERE organization_id = $1 AND subject_id = $2)";
    tx.db().execute(sql, [organization_id.uuid().into(), subject_id.into()]).await?;
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

fn row(event: &Event) -> [Cell; 8] {
    let (user_id, api_key_id) = match event.by {
        EventActor::User(id) => (Some(id), None),
        EventActor::ApiKey(id) => (None, Some(id)),
        EventActor::Service => (None, None),
    };
    [
        event.organization_id.into(),
        event.kind.into(),
        event.subject_id.into(),
        user_id.into(),
        api_key_id.into(),
        event.credential.map(Credential::uuid).into(),
        event.at.micros().into(),
        Cell::Json(event.data.to_string()),
    ]
}

fn details_row(event: &Event, sequence: i64) -> [Cell; 4] {
    let details = event.details.clone().unwrap_or_else(|| Value::Object(Map::new()));
    [
        event.organization_id.into(),
        sequence.into(),
        Cell::Json(details.to_string()),
        event.address.map(|address| address.to_string()).into(),
    ]
}

#[derive(sea_orm::FromQueryResult)]
struct Number {
    number: i64,
}

/// So many numbers of the log, in order, for this transaction alone.
async fn reserve(tx: &mut Tx, count: usize) -> Result<Vec<i64>> {
    let count = i64::try_from(count).map_err(|_| crate::Error::corrupt("too many events"))?;
    let db = tx.db();
    match db.dialect {
        Dialect::Postgres => {
            let sql = "SELECT nextval('events_sequence_seq') AS number \
                       FROM pg_current_xact_id() AS t (id) CROSS JOIN generate_series(1, $1::bigint)";
            let mut numbers: Vec<Number> = db.all(sql, [count.into()]).await?;
            numbers.sort_unstable_by_key(|row| row.number);
            Ok(numbers.into_iter().map(|row| row.number).collect())
        }
        // One writer at a time, and an inserted number moves the counter on.
        Dialect::Sqlite => {
            let sql = "SELECT seq AS number FROM sqlite_sequence WHERE name = 'events'";
            let last: Option<Number> = db.one(sql, []).await?;
            let last = last.map_or(0, |row| row.number);
            Ok((last + 1..=last + count).collect())
        }
    }
}
