//! Following the log of events without ever skipping one.
//!
//! On PostgreSQL transactions commit in another order than that of the numbers they take: what is not
//! there yet may come later between two numbers that are. So progress is noted up to a number below
//! which nothing can come any more. Whoever takes a number of the log has an id as a transaction
//! before ([`crate::events::append`]): of those that had taken one at a [`mark`], all have ended once
//! no transaction older than the mark runs. SQLite has one writer, so numbers are in order there.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::store::Dialect;
use crate::{Error, Read, Result, Store, Tx};

/// How long the index is one process's: longer than a step takes, short enough to wait for.
const LEASE: Duration = Duration::from_secs(5);

/// Events of leads by which only those change who work on them: nobody is found by that.
const OF_OWNERSHIP: &str = "'lead.assigned', 'lead.released', 'lead.left_unassigned', \
     'lead.removed_from_waiting_list', 'lead.collaborator_added', 'lead.collaborator_removed'";

/// Everything of the log up to this number is in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress(pub i64);

/// A number of the log, and the transaction below which all have to end for nothing to come below
/// that number any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The number.
    pub sequence: i64,
    transaction: i64,
}

/// A line of the log, and the lead that may have to be read anew because of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Its number.
    pub sequence: i64,
    /// The lead; `None` for lines that no search depends on.
    pub lead: Option<(OrganizationId, LeadId)>,
}

#[derive(FromQueryResult)]
struct Number {
    number: i64,
}

/// Whether there is something in the log that may not be in the index. Only reads.
///
/// # Errors
/// When the database fails.
pub async fn is_behind(db: &impl Read) -> Result<bool> {
    let sql = "SELECT p.sequence AS number FROM lead_search_progress p \
               WHERE p.sequence < (SELECT max(e.sequence) FROM events e)";
    let row: Option<Number> = db.db().one(sql, []).await?;
    Ok(row.is_some())
}

/// Takes the index for this process, for a while; `None` while another has it.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, process: Uuid, now: Timestamp) -> Result<Option<Progress>> {
    let sql = "UPDATE lead_search_progress SET claimed_by = $1, lease_until = $2 \
               WHERE claimed_by = $1 OR lease_until IS NULL OR lease_until <= $3 \
               RETURNING sequence AS number";
    let values = [Value::from(process), now.after(LEASE).micros().into(), now.micros().into()];
    let row: Option<Number> = tx.db().one(sql, values).await?;
    Ok(row.map(|row| Progress(row.number)))
}

/// Notes how far the index is, and keeps it for this process; `false` when another has it by now.
/// Never goes back.
///
/// # Errors
/// When the database fails.
pub async fn save(tx: &mut Tx, process: Uuid, progress: Progress, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE lead_search_progress SET lease_until = $2, \
               sequence = CASE WHEN sequence < $3 THEN $3 ELSE sequence END \
               WHERE claimed_by = $1";
    let values = [Value::from(process), now.after(LEASE).micros().into(), progress.0.into()];
    Ok(tx.db().execute(sql, values).await? == 1)
}

#[derive(FromQueryResult)]
struct MarkRow {
    sequence: i64,
    transaction_id: i64,
}

/// A mark at the end of the log.
///
/// # Errors
/// When the database fails.
pub async fn mark(store: &Store) -> Result<Mark> {
    let sql = match store.dialect() {
        // The number is read before the transaction gets its id, so that everybody who took it or one
        // below has a smaller id. Any id will do that is taken after that: it makes the order.
        Dialect::Postgres => {
            "SELECT s.last_value AS sequence, pg_current_xact_id()::text::bigint AS transaction_id \
             FROM events_sequence_seq s"
        }
        Dialect::Sqlite => {
            "SELECT coalesce(max(sequence), 0) AS sequence, 0 AS transaction_id FROM events"
        }
    };
    let row: Option<MarkRow> = store.db().one(sql, []).await?;
    let MarkRow { sequence, transaction_id: transaction } =
        row.ok_or_else(|| Error::corrupt("no end of the log"))?;
    Ok(Mark { sequence, transaction })
}

/// Whether nothing can come below the mark any more.
///
/// # Errors
/// When the database fails.
pub async fn is_settled(db: &impl Read, mark: Mark) -> Result<bool> {
    if db.db().dialect == Dialect::Sqlite {
        return Ok(true);
    }
    let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number";
    let row: Option<Number> = db.db().one(sql, []).await?;
    Ok(row.is_some_and(|row| row.number >= mark.transaction))
}

#[derive(FromQueryResult)]
struct NotedRow {
    sequence: i64,
    organization_id: Uuid,
    subject_id: Uuid,
    is_read: bool,
}

/// The next lines of the log after `after` and up to `to` that are there, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn notes(db: &impl Read, after: i64, to: i64, limit: u32) -> Result<Vec<Noted>> {
    let sql = format!(
        "SELECT e.sequence, e.organization_id, e.subject_id, \
         (e.kind LIKE 'lead.%' AND e.kind NOT IN ({OF_OWNERSHIP})) AS is_read \
         FROM events e WHERE e.sequence > $1 AND e.sequence <= $2 \
         ORDER BY e.sequence LIMIT {limit}"
    );
    let rows: Vec<NotedRow> = db.db().all(&sql, [after.into(), to.into()]).await?;
    let noted = |row: NotedRow| Noted {
        sequence: row.sequence,
        lead: row.is_read.then(|| (row.organization_id.into(), row.subject_id.into())),
    };
    Ok(rows.into_iter().map(noted).collect())
}
