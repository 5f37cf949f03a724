//! Verifications that go on behind an answer: how far they have come, and who is at them.

use std::collections::BTreeMap;
use std::time::Duration;

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId, UserId, VerificationId};
use evenhand_domain::permission::{Grant, ViewVerifications};
use evenhand_domain::rotation::Count;
use evenhand_domain::verification::Verdict;
use sea_orm::{FromQueryResult, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::ledgers::Ledger;
use crate::{Error, Read, Result, Tx, teams};

/// How long a verification is one process's: longer than it takes from one note of progress to the
/// next, short enough to wait for.
const LEASE: Duration = Duration::from_secs(5);

const RUNNING: i16 = 1;
const COMPLETED: i16 = 2;

/// A verification as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// Id.
    pub id: VerificationId,
    /// Of which ledger.
    pub ledger: Ledger,
    /// What is compared with it, as it was sent.
    pub kept: Json,
    /// Entries that were verified so far.
    pub entries: u64,
    /// Turns among them.
    pub turns: u64,
    /// Decisions among them.
    pub decisions: u64,
    /// What those who left, and have not come back, left with.
    pub departed: BTreeMap<UserId, Count>,
    /// Entries of the whole ledger.
    pub total: u64,
    /// What is wrong with which entry; `None` while it runs, or when nothing is.
    pub found: Option<Found>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was through; `None` while it runs.
    pub finished_at: Option<Timestamp>,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The entry.
    pub entry: u64,
    /// The turn that it is.
    pub turn: Option<u64>,
    /// A stable name.
    pub problem: String,
    /// In words.
    pub detail: String,
}

#[derive(FromQueryResult)]
struct Row {
    organization_id: Uuid,
    id: Uuid,
    rotation_id: Uuid,
    kept: Json,
    entries: i64,
    turns: i64,
    decisions: i64,
    departed: Json,
    total: i64,
    found_entry: Option<i64>,
    found_turn: Option<i64>,
    problem: Option<String>,
    detail: Option<String>,
    created_at: i64,
    finished_at: Option<i64>,
}

const COLUMNS: &str = "v.organization_id, v.id, v.rotation_id, v.kept, v.entries, v.turns, \
     v.decisions, v.departed, v.total, v.found_entry, v.found_turn, v.problem, v.detail, \
     v.created_at, v.finished_at";

/// Notes that a ledger is to be verified, and gives the verification: the one that runs where the same
/// was asked for before.
///
/// # Errors
/// When the database fails.
pub async fn begin(
    tx: &mut Tx,
    id: VerificationId,
    ledger: &Ledger,
    (kept, kept_hash): (&Json, [u8; 32]),
    total: u64,
    now: Timestamp,
) -> Result<Verification> {
    let json = tx.db().dialect.pick("$4::text::jsonb", "$4");
    let empty = tx.db().dialect.pick("'{}'::jsonb", "'{}'");
    let sql = format!(
        "INSERT INTO verifications (organization_id, id, rotation_id, status, kept, kept_hash, \
         entries, turns, decisions, departed, total, created_at) \
         VALUES ($1, $2, $3, {RUNNING}, {json}, $5, 0, 0, 0, {empty}, $6, $7) \
         ON CONFLICT (organization_id, rotation_id, kept_hash) WHERE status = 1 DO NOTHING"
    );
    let values = [
        Value::from(ledger.organization_id.uuid()),
        id.uuid().into(),
        ledger.rotation_id.uuid().into(),
        kept.to_string().into(),
        kept_hash.to_vec().into(),
        signed(total).into(),
        now.micros().into(),
    ];
    tx.db().execute(&sql, values).await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM verifications v WHERE v.organization_id = $1 \
         AND v.rotation_id = $2 AND v.kept_hash = $3 AND v.status = {RUNNING}"
    );
    let values = [
        Value::from(ledger.organization_id.uuid()),
        ledger.rotation_id.uuid().into(),
        kept_hash.to_vec().into(),
    ];
    let row: Option<Row> = tx.db().one(&sql, values).await?;
    row.ok_or_else(|| Error::corrupt("a verification that was just begun"))?.read()
}

/// A verification of a ledger that the grant's scope covers; `None` when it does not exist or is not
/// visible.
///
/// # Errors
/// When the database fails.
pub async fn get(
    db: &impl Read,
    grant: &Grant<ViewVerifications>,
    id: VerificationId,
) -> Result<Option<Verification>> {
    let mut values: Vec<Value> =
        vec![grant.organization_id().uuid().into(), id.uuid().into(), grant.scope().groups.into()];
    let visible = teams::visible(&grant.scope().teams, &mut values);
    let sql = format!(
        "SELECT {COLUMNS} FROM verifications v JOIN rotations r \
         ON r.organization_id = v.organization_id AND r.id = v.rotation_id \
         LEFT JOIN teams t ON t.organization_id = r.organization_id AND t.id = r.team_id \
         WHERE v.organization_id = $1 AND v.id = $2 \
         AND ((r.group_id IS NOT NULL AND $3) OR (t.id IS NOT NULL AND {visible}))"
    );
    let row: Option<Row> = db.db().one(&sql, values).await?;
    row.map(Row::read).transpose()
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}

/// Whether a verification, whosever, runs that no process is at. Only reads.
///
/// # Errors
/// When the database fails.
pub async fn is_waiting(db: &impl Read, now: Timestamp) -> Result<bool> {
    let sql = format!("SELECT v.id FROM verifications v WHERE {} LIMIT 1", waiting("$1"));
    let row: Option<IdRow> = db.db().one(&sql, [Value::from(now.micros())]).await?;
    Ok(row.is_some_and(|row| !row.id.is_nil()))
}

/// Takes a verification that runs and that no process is at, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, process: Uuid, now: Timestamp) -> Result<Option<Verification>> {
    let db = tx.db();
    let lock = db.dialect.pick("FOR NO KEY UPDATE SKIP LOCKED", "");
    let sql = format!(
        "UPDATE verifications SET claimed_by = $2, lease_until = $3 \
         WHERE (organization_id, id) IN (SELECT v.organization_id, v.id FROM verifications v \
         WHERE {} ORDER BY v.id LIMIT 1 {lock}) RETURNING {}",
        waiting("$1"),
        COLUMNS.replace("v.", ""),
    );
    let values = [now.micros().into(), process.into(), now.after(LEASE).micros().into()];
    let row: Option<Row> = db.one(&sql, values).await?;
    row.map(Row::read).transpose()
}

/// Notes how far a verification has come, and holds on to it; `false` when another process is at it by
/// now.
///
/// # Errors
/// When the database fails.
pub async fn save_progress(
    tx: &mut Tx,
    verification: &Verification,
    process: Uuid,
    now: Timestamp,
) -> Result<bool> {
    let departed: BTreeMap<String, [i64; 3]> = verification
        .departed
        .iter()
        .map(|(user, Count { day, of_day, of_month })| {
            let figures = [day.number().into(), (*of_day).into(), (*of_month).into()];
            (user.to_string(), figures)
        })
        .collect();
    let json = tx.db().dialect.pick("$8::text::jsonb", "$8");
    let sql = format!(
        "UPDATE verifications SET lease_until = $4, entries = $5, turns = $6, decisions = $7, \
         departed = {json}, total = $9 WHERE organization_id = $1 AND id = $2 AND claimed_by = $3"
    );
    let values = [
        verification.ledger.organization_id.uuid().into(),
        verification.id.uuid().into(),
        process.into(),
        now.after(LEASE).micros().into(),
        signed(verification.entries).into(),
        signed(verification.turns).into(),
        signed(verification.decisions).into(),
        Value::from(json!(departed).to_string()),
        signed(verification.total).into(),
    ];
    Ok(tx.db().execute(&sql, values).await? == 1)
}

/// Notes what a verification found.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    tx: &mut Tx,
    verification: &Verification,
    process: Uuid,
    verdict: &Verdict,
    now: Timestamp,
) -> Result<()> {
    let found = verdict.first_invalid;
    let sql = format!(
        "UPDATE verifications SET status = {COMPLETED}, entries = $4, turns = $5, total = $6, \
         found_entry = $7, found_turn = $8, problem = $9, detail = $10, finished_at = $11 \
         WHERE organization_id = $1 AND id = $2 AND claimed_by = $3"
    );
    let values = [
        verification.ledger.organization_id.uuid().into(),
        verification.id.uuid().into(),
        process.into(),
        signed(verdict.entries).into(),
        signed(verdict.turns).into(),
        signed(verification.total).into(),
        Value::from(found.map(|found| signed(found.entry))),
        Value::from(found.and_then(|found| found.turn).map(signed)),
        Value::from(found.map(|found| found.problem.as_str().to_owned())),
        Value::from(found.map(|found| found.problem.to_string())),
        now.micros().into(),
    ];
    tx.db().execute(&sql, values).await?;
    Ok(())
}

/// Forgets up to `limit` verifications that were through before an instant; how many those were.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let sql = format!(
        "DELETE FROM verifications WHERE (organization_id, id) IN (SELECT v.organization_id, v.id \
         FROM verifications v WHERE v.status = {COMPLETED} AND v.finished_at < $1 LIMIT {limit})"
    );
    tx.db().execute(&sql, [Value::from(before.micros())]).await
}

fn waiting(now: &str) -> String {
    format!("v.status = {RUNNING} AND (v.lease_until IS NULL OR v.lease_until <= {now})")
}

impl Row {
    fn read(self) -> Result<Verification> {
        let natural =
            |value: i64| u64::try_from(value).map_err(|_| Error::corrupt("a verification's count"));
        let found = match (self.found_entry, self.problem, self.detail) {
            (Some(entry), Some(problem), Some(detail)) => {
                let turn = self.found_turn.map(natural).transpose()?;
                Some(Found { entry: natural(entry)?, turn, problem, detail })
            }
            _ => None,
        };
        Ok(Verification {
            id: self.id.into(),
            ledger: Ledger {
                organization_id: OrganizationId::from(self.organization_id),
                rotation_id: RotationId::from(self.rotation_id),
            },
            kept: self.kept,
            entries: natural(self.entries)?,
            turns: natural(self.turns)?,
            decisions: natural(self.decisions)?,
            departed: departed(self.departed)?,
            total: natural(self.total)?,
            found,
            created_at: Timestamp::from_micros(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_micros),
        })
    }
}

fn departed(json: Json) -> Result<BTreeMap<UserId, Count>> {
    let read: BTreeMap<UserId, (i32, u32, u32)> = crate::convert::from_json(json)?;
    let count =
        |(day, of_day, of_month)| Count { day: LocalDay::from_number(day), of_day, of_month };
    Ok(read.into_iter().map(|(user, figures)| (user, count(figures))).collect())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
