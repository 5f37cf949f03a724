//! The feed of events: the one log read forwards, so that nothing is ever skipped.
//!
//! Events get their sequence when they are written and are seen when they are committed, so a
//! reader that remembers the last sequence misses whatever commits late. The feed is therefore in the
//! order of (transaction, sequence), and ends below the oldest transaction that is still open: what
//! lies below it is complete. SQLite has one writer at a time, and its log is in the order of commits.

use evenhand_domain::audit::KindFilter;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::feed::{FeedPlace, LOOKED_AT};
use evenhand_domain::permission::{Grant, ViewEvents};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::events::{self, EventActor};
use crate::store::{Db, Dialect};
use crate::{Error, Read, Result};

/// Which events a reading is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Only of these kinds.
    pub kind: Option<KindFilter>,
    /// Only what happened to this record.
    pub subject_id: Option<Uuid>,
}

/// One event, without the personal data that may belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Where it is.
    pub place: FeedPlace,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: EventActor,
    /// The name of who did it, as it is now; `None` for the service.
    pub by_name: Option<String>,
    /// The record it happened to.
    pub subject_id: Uuid,
    /// Ids, numbers and codes.
    pub data: Json,
}

/// A stretch of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedPage {
    /// The events, oldest first.
    pub events: Vec<FeedEvent>,
    /// Where to go on: behind all that was looked at.
    pub next: FeedPlace,
    /// Whether there was more to look at.
    pub has_more: bool,
}

/// Up to `limit` events behind `after`, of at most [`LOOKED_AT`] that are looked at. `None` when
/// `after` lies ahead of everything: it is of another database, or of this one before a backup of it
/// was restored.
///
/// # Errors
/// When the database fails.
pub async fn read(
    db: &impl Read,
    grant: &Grant<ViewEvents>,
    filter: &FeedFilter,
    after: FeedPlace,
    limit: u16,
) -> Result<Option<FeedPage>> {
    let db = db.db();
    let complete = complete_until(&db).await?;
    if !(FeedPlace::default()..=complete).contains(&after) {
        return Ok(None);
    }
    let mut stretch = Stretch { organization: grant.organization_id().uuid(), after, complete };
    let is_narrowed = *filter != FeedFilter::default();
    let cut = if is_narrowed { stretch.end_of_look(&db).await? } else { None };
    stretch.complete = cut.unwrap_or(complete);
    let mut events = stretch.events(&db, filter, limit).await?;
    let is_full = events.len() > usize::from(limit);
    events.truncate(usize::from(limit));
    let next = match events.last() {
        Some(last) if is_full => last.place,
        _ => stretch.complete,
    };
    Ok(Some(FeedPage { events, next, has_more: is_full || cut.is_some() }))
}

/// The place up to which no event can come any more.
async fn complete_until(db: &Db<'_>) -> Result<FeedPlace> {
    // Sequences begin at 1: no event of that oldest open transaction lies at or before its place 0.
    let sql = db.dialect.pick(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS transaction_id, \
         0::bigint AS sequence",
        "SELECT 0 AS transaction_id, coalesce(max(sequence), 0) AS sequence FROM events",
    );
    let row: Option<PlaceRow> = db.one(sql, []).await?;
    row.map(PlaceRow::place).ok_or_else(|| Error::corrupt("a log without an end"))
}

/// What lies between two places of an organization's log.
struct Stretch {
    organization: Uuid,
    /// Behind this.
    after: FeedPlace,
    /// Up to and with this.
    complete: FeedPlace,
}

impl Stretch {
    /// The last event that a reading looks at, where there are so many.
    async fn end_of_look(&self, db: &Db<'_>) -> Result<Option<FeedPlace>> {
        // Without the other bound: PostgreSQL takes a stretch with two for so short that it sorts it.
        let sql = format!(
            "SELECT {} AS transaction_id, e.sequence FROM events e WHERE {} \
             ORDER BY e.transaction_id, e.sequence LIMIT 1 OFFSET {}",
            transaction(db.dialect),
            behind(db.dialect),
            LOOKED_AT - 1
        );
        let [organization, transaction, sequence, ..] = self.values(db.dialect);
        let row: Option<PlaceRow> = db.one(&sql, [organization, transaction, sequence]).await?;
        Ok(row.map(PlaceRow::place).filter(|end| *end <= self.complete))
    }

    /// The events, and one more than wanted where there is one.
    async fn events(&self, db: &Db<'_>, filter: &FeedFilter, limit: u16) -> Result<Vec<FeedEvent>> {
        let mut values: Vec<Value> = self.values(db.dialect).into();
        let mut narrowed = String::new();
        match &filter.kind {
            Some(KindFilter::Exactly(kind)) => {
                values.push(kind.as_str().into());
                narrowed.push_str(&format!(" AND e.kind = ${}", values.len()));
            }
            Some(KindFilter::Area(area)) => {
                let start = format!("{area}.");
                let length = start.len();
                narrowed.push_str(&format!(" AND substr(e.kind, 1, {length}) = '{start}'"));
            }
            None => {}
        }
        if let Some(subject) = filter.subject_id {
            values.push(subject.into());
            narrowed.push_str(&format!(" AND e.subject_id = ${}", values.len()));
        }
        let sql = format!(
            "SELECT {} AS transaction_id, e.sequence, e.kind, e.at, e.user_id, e.api_key_id, \
             e.subject_id, e.data, u.first_name, u.last_name, k.name AS key_name \
             FROM events e {} WHERE {} AND {}{narrowed} \
             ORDER BY e.transaction_id, e.sequence LIMIT {}",
            transaction(db.dialect),
            events::ACTOR_JOINS,
            behind(db.dialect),
            up_to(db.dialect),
            u32::from(limit) + 1
        );
        let rows: Vec<Row> = db.all(&sql, values).await?;
        Ok(rows.into_iter().map(Row::into_event).collect())
    }

    fn values(&self, dialect: Dialect) -> [Value; 5] {
        let number = |number: i64| match dialect {
            Dialect::Postgres => Value::from(number.to_string()),
            Dialect::Sqlite => Value::from(number),
        };
        [
            self.organization.into(),
            number(self.after.transaction),
            self.after.sequence.into(),
            number(self.complete.transaction),
            self.complete.sequence.into(),
        ]
    }
}

/// The number of an event's transaction as a whole number.
const fn transaction(dialect: Dialect) -> &'static str {
    dialect.pick("e.transaction_id::text::bigint", "e.transaction_id")
}

/// The condition that an event lies behind the beginning of a stretch, by [`Stretch::values`].
const fn behind(dialect: Dialect) -> &'static str {
    // SQLite has no transactions to tell apart, and finds no pair of which one is the row's number.
    dialect.pick(
        "e.organization_id = $1 AND (e.transaction_id, e.sequence) > ($2::text::xid8, $3)",
        "e.organization_id = $1 AND e.transaction_id = $2 AND e.sequence > $3",
    )
}

/// The condition that an event does not lie behind the end of a stretch.
const fn up_to(dialect: Dialect) -> &'static str {
    dialect.pick(
        "(e.transaction_id, e.sequence) <= ($4::text::xid8, $5)",
        "e.transaction_id = $4 AND e.sequence <= $5",
    )
}

#[derive(FromQueryResult)]
struct PlaceRow {
    transaction_id: i64,
    sequence: i64,
}

impl PlaceRow {
    const fn place(self) -> FeedPlace {
        FeedPlace { transaction: self.transaction_id, sequence: self.sequence }
    }
}

#[derive(FromQueryResult)]
struct Row {
    transaction_id: i64,
    sequence: i64,
    kind: String,
    at: i64,
    user_id: Option<Uuid>,
    api_key_id: Option<Uuid>,
    subject_id: Uuid,
    data: Json,
    first_name: Option<String>,
    last_name: Option<String>,
    key_name: Option<String>,
}

impl Row {
    fn into_event(self) -> FeedEvent {
        FeedEvent {
            place: FeedPlace { transaction: self.transaction_id, sequence: self.sequence },
            kind: self.kind,
            at: Timestamp::from_micros(self.at),
            by: EventActor::of(self.user_id, self.api_key_id),
            by_name: events::actor_name(
                self.first_name.as_deref(),
                self.last_name.as_deref(),
                self.key_name,
            ),
            subject_id: self.subject_id,
            data: self.data,
        }
    }
}
