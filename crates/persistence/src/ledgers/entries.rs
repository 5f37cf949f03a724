//! The entries.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::rotation::{EntryKind, Hash, StoredEntry};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{Ledger, signed};
use crate::{Read, Result};

/// An entry as its row has it, whatever that is.
#[derive(Debug, Clone, FromQueryResult)]
pub struct RawEntry {
    /// Its number.
    pub entry: i64,
    /// The turn that it is.
    pub turn: Option<i64>,
    /// The code of its kind.
    pub kind: i64,
    /// When it was made, in microseconds.
    pub at: i64,
    /// The lead decided on.
    pub lead_id: Option<Uuid>,
    /// Whom it concerns.
    pub user_id: Option<Uuid>,
    /// Its canonical bytes.
    pub body: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
}

impl RawEntry {
    /// The entry for the engine.
    ///
    /// # Errors
    /// The column that holds what it cannot.
    pub fn stored(&self) -> Result<StoredEntry<'_>, &'static str> {
        let kind = u8::try_from(self.kind).ok().and_then(EntryKind::from_code);
        let hash: [u8; 32] = self.hash.as_slice().try_into().map_err(|_| "hash")?;
        Ok(StoredEntry {
            entry: u64::try_from(self.entry).map_err(|_| "entry")?,
            turn: self.turn.map(u64::try_from).transpose().map_err(|_| "turn")?,
            kind: kind.ok_or("kind")?,
            at: Timestamp::from_micros(self.at),
            lead_id: self.lead_id.map(Into::into),
            user_id: self.user_id.map(Into::into),
            body: &self.body,
            hash: Hash::from_bytes(hash),
        })
    }
}

const COLUMNS: &str =
    "l.entry, l.turn, CAST(l.kind AS bigint) AS kind, l.at, l.lead_id, l.user_id, l.body, l.hash";

/// Which entries a reading is narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Those that concern this user: who got the lead, joined, left, or was changed.
    pub user_id: Option<UserId>,
    /// The deliveries from this turn on.
    pub turn_from: Option<u64>,
    /// The deliveries up to this turn.
    pub turn_to: Option<u64>,
    /// Those of one kind.
    pub kind: Option<EntryKind>,
    /// In which order.
    pub direction: Direction,
}

/// From which end a ledger is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// From the first entry.
    #[default]
    Forwards,
    /// From the last entry.
    Backwards,
}

/// A page of a ledger.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    ledger: &Ledger,
    filter: &EntryFilter,
    page: &PageRequest,
) -> Result<Page<RawEntry>> {
    let mut sql = format!(
        "SELECT {COLUMNS} FROM rotation_ledger l \
         WHERE l.organization_id = $1 AND l.rotation_id = $2"
    );
    let mut values = ledger.key();
    let mut narrow = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&format!(" AND {condition} ${}", values.len()));
    };
    if let Some(user) = filter.user_id {
        narrow("l.user_id =", user.uuid().into());
    }
    if let Some(turn) = filter.turn_from {
        narrow("l.turn >=", signed(turn).into());
    }
    if let Some(turn) = filter.turn_to {
        narrow("l.turn <=", signed(turn).into());
    }
    if let Some(kind) = filter.kind {
        narrow("l.kind =", i16::from(kind.code()).into());
    }
    let (behind, order) = match filter.direction {
        Direction::Forwards => ("l.entry >", "ASC"),
        Direction::Backwards => ("l.entry <", "DESC"),
    };
    if let Some(after) = page.after {
        narrow(behind, entry_of(after).into());
    }
    sql.push_str(&format!(" ORDER BY l.entry {order} LIMIT {}", page.probe()));
    let rows: Vec<RawEntry> = db.db().all(&sql, values).await?;
    Ok(Page::from_probe(rows, page, |row| place_of(row.entry)))
}

/// The place of an entry as the key of a page: pages are keyed by 128 bits.
fn place_of(entry: i64) -> Uuid {
    Uuid::from_u64_pair(0, entry.cast_unsigned())
}

fn entry_of(place: Uuid) -> i64 {
    place.as_u64_pair().1.cast_signed()
}

/// The entries after a number and up to another, in their order.
///
/// # Errors
/// When the database fails.
pub async fn between(
    db: &impl Read,
    ledger: &Ledger,
    after: u64,
    last: u64,
) -> Result<Vec<RawEntry>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rotation_ledger l WHERE l.organization_id = $1 \
         AND l.rotation_id = $2 AND l.entry > $3 AND l.entry <= $4 ORDER BY l.entry"
    );
    db.db().all(&sql, ledger.range(after, last)).await
}

#[derive(FromQueryResult)]
struct EndsRow {
    first: Option<i64>,
    last: Option<i64>,
}

/// The number of the last entry that is there, 0 without any; and whether there is one with a number
/// that none has.
///
/// # Errors
/// When the database fails.
pub async fn last(db: &impl Read, ledger: &Ledger) -> Result<(u64, bool)> {
    let sql = "SELECT (SELECT min(l.entry) FROM rotation_ledger l \
               WHERE l.organization_id = $1 AND l.rotation_id = $2) AS first, \
               (SELECT max(l.entry) FROM rotation_ledger l \
               WHERE l.organization_id = $1 AND l.rotation_id = $2) AS last";
    let row: Option<EndsRow> = db.db().one(sql, ledger.key()).await?;
    let (first, last) = row.map_or((None, None), |row| (row.first, row.last));
    Ok((
        last.and_then(|last| u64::try_from(last).ok()).unwrap_or(0),
        first.is_some_and(|it| it < 1),
    ))
}

#[derive(FromQueryResult)]
struct NumberRow {
    entry: i64,
}

/// Whether there are more than so many entries, whatever their numbers.
///
/// # Errors
/// When the database fails.
pub async fn is_longer_than(db: &impl Read, ledger: &Ledger, entries: u64) -> Result<bool> {
    let sql = format!(
        "SELECT entry FROM rotation_ledger WHERE organization_id = $1 AND rotation_id = $2 \
         ORDER BY entry LIMIT 1 OFFSET {entries}"
    );
    let row: Option<NumberRow> = db.db().one(&sql, ledger.key()).await?;
    Ok(row.is_some_and(|row| row.entry != 0))
}
