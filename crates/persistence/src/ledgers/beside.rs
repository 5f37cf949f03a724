//! What is stored entry by entry beside a ledger: checkpoints and signed heads.

use sea_orm::FromQueryResult;

use super::Ledger;
use crate::{Read, Result};

/// A checkpoint's row.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct StoredCheckpoint {
    /// The entry that it was made with.
    pub entry: i64,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// The checkpoints of a range of entries, in their order.
///
/// # Errors
/// When the database fails.
pub async fn checkpoints(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Vec<StoredCheckpoint>> {
    let sql = "SELECT entry, body FROM rotation_checkpoints WHERE organization_id = $1 \
               AND rotation_id = $2 AND entry > $3 AND entry <= $4 ORDER BY entry";
    db.db().all(sql, ledger.range(after, last)).await
}

/// A signed head's row.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct StoredHead {
    /// The entry that was the last one.
    pub entry: i64,
    /// When it was signed, in microseconds.
    pub signed_at: i64,
    /// The signature with what it is of.
    pub jws: String,
}

/// The signed heads of a range of entries, in their order.
///
/// # Errors
/// When the database fails.
pub async fn heads_between(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Vec<StoredHead>> {
    let sql = "SELECT entry, signed_at, jws FROM rotation_heads WHERE organization_id = $1 \
               AND rotation_id = $2 AND entry > $3 AND entry <= $4 ORDER BY entry";
    db.db().all(sql, ledger.range(after, last)).await
}

#[derive(FromQueryResult)]
struct BeyondRow {
    checkpoint: Option<i64>,
    head: Option<i64>,
}

/// The tables that have a row of an entry that there is none of: numbered below 1, or above `last`.
///
/// # Errors
/// When the database fails.
pub async fn beyond(db: &impl Read, ledger: &Ledger, last: u64) -> Result<Vec<&'static str>> {
    let of = |table: &str| {
        format!(
            "(SELECT min(t.entry) FROM {table} t WHERE t.organization_id = $1 \
             AND t.rotation_id = $2 AND (t.entry < $3 OR t.entry > $4))"
        )
    };
    let sql = format!(
        "SELECT {} AS checkpoint, {} AS head",
        of("rotation_checkpoints"),
        of("rotation_heads")
    );
    let mut values = ledger.range(1, last);
    values.truncate(4);
    let row: Option<BeyondRow> = db.db().one(&sql, values).await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let checkpoint = row.checkpoint.map(|_| "rotation_checkpoints");
    Ok(checkpoint.into_iter().chain(row.head.map(|_| "rotation_heads")).collect())
}
