//! Letters that wait to be sent. A row is written with what it tells of, and worked on by one
//! worker at a time: a claim moves `next_at` to when it lapses, so a worker that dies lets go.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{MailId, OrganizationId};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{Read, Result, Tx};

/// A letter to be stored.
#[derive(Debug)]
pub struct NewMail<'a> {
    /// Id.
    pub id: MailId,
    /// The tenant that it concerns, if it is one.
    pub organization_id: Option<OrganizationId>,
    /// Which text it is, e.g. `invitation`.
    pub kind: &'a str,
    /// The user or account that it is about.
    pub about: Uuid,
    /// The address.
    pub recipient: &'a str,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the payload is sealed.
    pub sealed: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// From when on it is not to be sent.
    pub expires_at: Timestamp,
}

/// A letter that the caller has claimed.
#[derive(Debug, Clone)]
pub struct ClaimedMail {
    /// Id.
    pub id: MailId,
    /// The tenant that it concerns, if it is one.
    pub organization_id: Option<OrganizationId>,
    /// Which text it is.
    pub kind: String,
    /// The user or account that it is about.
    pub about: Uuid,
    /// The address.
    pub recipient: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether the payload is sealed.
    pub sealed: bool,
    /// How often it was claimed, this time included: names the claim.
    pub attempts: i32,
    /// When it was written.
    pub created_at: Timestamp,
    /// From when on it is not to be sent.
    pub expires_at: Timestamp,
}

/// Stores a letter, due at once.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, mail: NewMail<'_>) -> Result<()> {
    let sql = "INSERT INTO outgoing_mail (id, organization_id, kind, about, recipient, payload, \
               sealed, next_at, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    let values = [
        mail.id.uuid().into(),
        mail.organization_id.map(OrganizationId::uuid).into(),
        mail.kind.into(),
        mail.about.into(),
        mail.recipient.into(),
        mail.payload.into(),
        mail.sealed.into(),
        mail.created_at.micros().into(),
        mail.expires_at.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Takes back letters of a kind about somebody. One that a worker has in hand may still arrive, but
/// is not tried again.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(tx: &mut Tx, about: Uuid, kind: &str) -> Result<()> {
    let now = tx.now().await?.micros();
    let waiting = "about = $1 AND kind = $2 AND sent_at IS NULL AND failed_at IS NULL";
    let sql = format!(
        "DELETE FROM outgoing_mail WHERE {waiting} AND (claimed_by IS NULL OR next_at <= $3)"
    );
    tx.db().execute(&sql, [about.into(), kind.into(), now.into()]).await?;
    let sql = format!("UPDATE outgoing_mail SET expires_at = $3 WHERE {waiting}");
    tx.db().execute(&sql, [about.into(), kind.into(), now.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Due {
    due: i64,
}

/// Whether a letter may be claimed. Only reads, so that looking does not hold up who writes.
///
/// # Errors
/// When the database fails.
pub async fn is_any_due(db: &impl Read, now: Timestamp) -> Result<bool> {
    let sql = "SELECT count(*) AS due FROM (SELECT 1 AS one FROM outgoing_mail \
               WHERE next_at <= $1 AND sent_at IS NULL AND failed_at IS NULL LIMIT 1) AS first";
    let row: Option<Due> = db.db().one(sql, [now.micros().into()]).await?;
    Ok(row.is_some_and(|row| row.due > 0))
}

#[derive(FromQueryResult)]
struct ClaimedRow {
    id: Uuid,
    organization_id: Option<Uuid>,
    kind: String,
    about: Uuid,
    recipient: String,
    payload: Vec<u8>,
    sealed: bool,
    attempts: i32,
    created_at: i64,
    expires_at: i64,
}

/// Claims up to `limit` due letters for `worker`, the longest due first. Until `lease` is over
/// nobody else gets them.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    worker: Uuid,
    limit: u32,
    lease: Duration,
) -> Result<Vec<ClaimedMail>> {
    let now = tx.now().await?;
    let lock = tx.db().dialect.pick("FOR UPDATE SKIP LOCKED", "");
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT id FROM outgoing_mail \
         WHERE next_at <= $1 AND sent_at IS NULL AND failed_at IS NULL \
         ORDER BY next_at, id LIMIT $4 {lock}) \
         UPDATE outgoing_mail SET claimed_by = $2, next_at = $3, attempts = attempts + 1 \
         WHERE id IN (SELECT id FROM due) \
         RETURNING id, organization_id, kind, about, recipient, payload, sealed, attempts, \
         created_at, expires_at"
    );
    let lapses = now.after(lease).micros();
    let values = [now.micros().into(), worker.into(), lapses.into(), i64::from(limit).into()];
    let rows: Vec<ClaimedRow> = tx.db().all(&sql, values).await?;
    let claimed = rows.into_iter().map(|row| ClaimedMail {
        id: row.id.into(),
        organization_id: row.organization_id.map(OrganizationId::from),
        kind: row.kind,
        about: row.about,
        recipient: row.recipient,
        payload: row.payload,
        sealed: row.sealed,
        attempts: row.attempts,
        created_at: Timestamp::from_micros(row.created_at),
        expires_at: Timestamp::from_micros(row.expires_at),
    });
    Ok(claimed.collect())
}

/// What came of a claimed letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement<'a> {
    /// The mail server has it.
    Sent,
    /// To be tried again.
    Later {
        /// Not before.
        next_at: Timestamp,
        /// Why, as a code.
        reason: &'a str,
    },
    /// Never to be tried again.
    Failed {
        /// Why, as a code.
        reason: &'a str,
    },
}

/// Ends a claim. What a letter says is forgotten once it is sent or given up. Returns false when
/// the claim had lapsed and somebody else has the letter.
///
/// # Errors
/// When the database fails.
pub async fn settle(
    tx: &mut Tx,
    worker: Uuid,
    mail: &ClaimedMail,
    settlement: Settlement<'_>,
) -> Result<bool> {
    let now = tx.now().await?.micros();
    let none = || Value::BigInt(None);
    let (next_at, sent_at, failed_at, reason) = match settlement {
        Settlement::Sent => (none(), now.into(), none(), None),
        Settlement::Later { next_at, reason } => {
            (next_at.micros().into(), none(), none(), Some(reason))
        }
        Settlement::Failed { reason } => (none(), none(), now.into(), Some(reason)),
    };
    let is_over = !matches!(settlement, Settlement::Later { .. });
    let sql = "UPDATE outgoing_mail SET claimed_by = NULL, next_at = COALESCE($4, next_at), \
               sent_at = $5, failed_at = $6, last_error = $7, \
               payload = CASE WHEN $8 THEN $9 ELSE payload END \
               WHERE id = $1 AND claimed_by = $2 AND attempts = $3";
    let values = [
        mail.id.uuid().into(),
        worker.into(),
        mail.attempts.into(),
        next_at,
        sent_at,
        failed_at,
        reason.into(),
        is_over.into(),
        Vec::<u8>::new().into(),
    ];
    Ok(tx.db().execute(sql, values).await? == 1)
}

/// Forgets up to `limit` letters that are over and were written before `before`; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let lock = tx.db().dialect.pick("FOR UPDATE SKIP LOCKED", "");
    let sql = format!(
        "DELETE FROM outgoing_mail WHERE id IN (SELECT id FROM outgoing_mail \
         WHERE created_at < $1 AND (sent_at IS NOT NULL OR failed_at IS NOT NULL) \
         ORDER BY created_at LIMIT $2 {lock})"
    );
    tx.db().execute(&sql, [before.micros().into(), i64::from(limit).into()]).await
}
