//! Idempotency keys: a key's row is written in the same transaction as the effect it guards, so a
//! crash leaves both or neither.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error as DomainError};
use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::permission::Credential;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx, Writes};

/// How long a key is remembered (api.md, "idempotency").
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes the answer that is kept of what was done.
pub type Keep<T> = Box<dyn Fn(&T) -> Vec<u8> + Send + Sync>;

/// Does something at most once per key: the claim on the key, and how to make the answer that a
/// repetition will get.
pub struct Once<T> {
    /// Whose key it is: keys of different credentials never meet.
    pub credential: Credential,
    /// SHA-256 of the key.
    pub key_hash: [u8; 32],
    /// SHA-256 of what was asked (method, path, body).
    pub request_hash: [u8; 32],
    /// The answer as it is to be kept: sealed, so that the database alone does not reveal it.
    pub keep: Keep<T>,
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once").field("credential", &self.credential).finish_non_exhaustive()
    }
}

/// What came of a request that may be a repetition.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was done now.
    Done(T),
    /// It was done before: the kept answer.
    Replayed(Vec<u8>),
}

/// What came of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// The key is this transaction's now.
    Fresh,
    /// The key was used for the same request; its kept answer.
    Replay(Vec<u8>),
    /// The key was used for another request.
    Reused,
    /// The key was used for the same request, and what its answer told was erased since.
    Erased,
}

/// A key of one tenant's credential with what is asked under it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The credential's id.
    pub credential_id: Uuid,
    /// SHA-256 of the key.
    pub key_hash: [u8; 32],
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
}

impl<T> Once<T> {
    /// The claim of this in an organization.
    #[must_use]
    pub const fn claim(&self, organization_id: OrganizationId) -> Claim {
        Claim {
            organization_id,
            credential_id: self.credential.uuid(),
            key_hash: self.key_hash,
            request_hash: self.request_hash,
        }
    }
}

/// Claims the key of `once`, if there is one: `Some` is the kept answer of an earlier request.
///
/// # Errors
/// [`DomainError::IdempotencyKeyReused`]; [`DomainError::Erased`]; [`Conflict::IdempotencyKeyInUse`] when another
/// transaction holds the key for longer than a lock is waited for; or when the database fails.
pub async fn begin<T>(
    tx: &mut Tx,
    organization_id: OrganizationId,
    once: Option<&Once<T>>,
) -> Result<Option<Vec<u8>>, DomainError> {
    let Some(once) = once else { return Ok(None) };
    let now = tx.now().await?;
    let claimed = match claim(tx, &[once.claim(organization_id)], now).await {
        Err(error) if error.is_busy() => {
            return Err(DomainError::Conflict(Conflict::IdempotencyKeyInUse));
        }
        claimed => claimed?,
    };
    match claimed.into_iter().next() {
        Some(Claimed::Replay(answer)) => Ok(Some(answer)),
        Some(Claimed::Reused) => Err(DomainError::IdempotencyKeyReused),
        Some(Claimed::Erased) => Err(DomainError::Erased),
        Some(Claimed::Fresh) | None => Ok(None),
    }
}

/// Keeps the answer of `once`, if there is one, beside the effect.
///
/// # Errors
/// When the database fails.
pub async fn finish<T>(
    tx: &mut Tx,
    organization_id: OrganizationId,
    once: Option<&Once<T>>,
    subject_id: Uuid,
    done: &T,
) -> Result<()> {
    match once {
        Some(once) => {
            let answer = (once.keep)(done);
            keep(tx, vec![(once.claim(organization_id), subject_id, answer)]).await
        }
        None => Ok(()),
    }
}

#[derive(FromQueryResult)]
struct KeyRow {
    organization_id: Uuid,
    credential_id: Uuid,
    key_hash: Vec<u8>,
}

/// The kept answers to requests that were done before under these keys, in the slice's order. Claims
/// nothing and waits for nobody.
///
/// # Errors
/// When the database fails.
pub async fn kept_answers(
    db: &impl Read,
    claims: &[Claim],
    now: Timestamp,
) -> Result<Vec<Option<Vec<u8>>>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let rows = kept(db, claims.iter()).await?;
    let live = rows.into_iter().filter(|row| row.expires_at > now.micros());
    let by_key: HashMap<Vec<u8>, KeptRow> = live.map(|row| (row.key_hash.clone(), row)).collect();
    let answer = |claim: &Claim| {
        let row = by_key.get(claim.key_hash.as_slice())?;
        let is_same = claim.is(row.organization_id, row.credential_id, &row.key_hash)
            && row.request_hash == claim.request_hash;
        row.answer.clone().filter(|_| is_same)
    };
    Ok(claims.iter().map(answer).collect())
}

#[derive(FromQueryResult)]
struct KeptRow {
    organization_id: Uuid,
    credential_id: Uuid,
    key_hash: Vec<u8>,
    request_hash: Vec<u8>,
    subject_id: Option<Uuid>,
    answer: Option<Vec<u8>>,
    expires_at: i64,
}

/// Claims keys, each at most once in the slice; the result is in the slice's order. A key that
/// another transaction is writing right now is waited for. Rows are locked in the keys' order.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, claims: &[Claim], now: Timestamp) -> Result<Vec<Claimed>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let mut sorted: Vec<&Claim> = claims.iter().collect();
    sorted.sort_unstable();
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("credential_id", Kind::Uuid),
        ("key_hash", Kind::Bytes),
        ("request_hash", Kind::Bytes),
        ("expires_at", Kind::Int),
    ]);
    let expires_at = now.after(KEPT_FOR).micros();
    for claim in &sorted {
        rows.push([
            claim.organization_id.into(),
            claim.credential_id.into(),
            claim.key_hash.into(),
            claim.request_hash.into(),
            expires_at.into(),
        ]);
    }
    let db = tx.db();
    // An expired row is taken over; a live one yields no row here and is read below.
    // (The new expiry less the time a key is kept is now.)
    let then = format!(
        "ON CONFLICT (organization_id, credential_id, key_hash) DO UPDATE \
         SET request_hash = excluded.request_hash, subject_id = NULL, answer = NULL, \
             expires_at = excluded.expires_at \
         WHERE idempotency_keys.expires_at <= excluded.expires_at - {} \
         RETURNING organization_id, credential_id, key_hash",
        KEPT_FOR.as_micros()
    );
    let sql = rows.insert(db.dialect, "idempotency_keys", &then);
    let fresh: Vec<KeyRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let mut outcomes = Vec::with_capacity(claims.len());
    for claim in claims {
        let is_fresh =
            fresh.iter().any(|row| claim.is(row.organization_id, row.credential_id, &row.key_hash));
        outcomes.push(is_fresh.then_some(Claimed::Fresh));
    }
    let kept = if fresh.len() < claims.len() { kept(tx, sorted).await? } else { Vec::new() };
    claims
        .iter()
        .zip(outcomes)
        .map(|(claim, outcome)| match outcome {
            Some(outcome) => Ok(outcome),
            None => kept_outcome(claim, &kept),
        })
        .collect()
}

impl Claim {
    fn is(&self, organization_id: Uuid, credential_id: Uuid, key_hash: &[u8]) -> bool {
        self.organization_id.uuid() == organization_id
            && self.credential_id == credential_id
            && self.key_hash == key_hash
    }
}

fn kept_outcome(claim: &Claim, kept: &[KeptRow]) -> Result<Claimed> {
    let row = kept
        .iter()
        .find(|row| claim.is(row.organization_id, row.credential_id, &row.key_hash))
        .ok_or_else(|| Error::corrupt("an idempotency key is neither new nor known"))?;
    if row.request_hash != claim.request_hash {
        return Ok(Claimed::Reused);
    }
    match &row.answer {
        Some(answer) => Ok(Claimed::Replay(answer.clone())),
        None if row.subject_id.is_some() => Ok(Claimed::Erased),
        None => Err(Error::corrupt("an idempotency key without its answer")),
    }
}

async fn kept<'a>(
    db: &impl Read,
    claims: impl IntoIterator<Item = &'a Claim>,
) -> Result<Vec<KeptRow>> {
    let rows = key_rows(claims);
    let db = db.db();
    let sql = format!(
        "{} SELECT k.organization_id, k.credential_id, k.key_hash, k.request_hash, k.subject_id, \
         k.answer, k.expires_at FROM idempotency_keys k \
         JOIN input i ON k.organization_id = i.organization_id \
         AND k.credential_id = i.credential_id AND k.key_hash = i.key_hash",
        rows.input(db.dialect)
    );
    db.all(&sql, rows.into_values(db.dialect)).await
}

fn key_rows<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Rows<3> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("credential_id", Kind::Uuid),
        ("key_hash", Kind::Bytes),
    ]);
    for claim in claims {
        rows.push([
            claim.organization_id.into(),
            claim.credential_id.into(),
            claim.key_hash.into(),
        ]);
    }
    rows
}

/// Keeps answers under keys that this transaction claimed.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, answers: Vec<(Claim, Uuid, Vec<u8>)>) -> Result<()> {
    let mut writes = Writes::of(tx);
    keep_with(&mut writes, answers);
    writes.run(tx).await
}

/// The same with other writes.
pub fn keep_with(writes: &mut Writes, answers: Vec<(Claim, Uuid, Vec<u8>)>) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("credential_id", Kind::Uuid),
        ("key_hash", Kind::Bytes),
        ("subject_id", Kind::Uuid),
        ("answer", Kind::Bytes),
    ]);
    for (claim, subject_id, answer) in answers {
        rows.push([
            claim.organization_id.into(),
            claim.credential_id.into(),
            claim.key_hash.into(),
            subject_id.into(),
            answer.into(),
        ]);
    }
    writes.with(
        rows,
        "UPDATE idempotency_keys SET subject_id = i.subject_id, answer = i.answer FROM input i \
         WHERE idempotency_keys.organization_id = i.organization_id \
         AND idempotency_keys.credential_id = i.credential_id \
         AND idempotency_keys.key_hash = i.key_hash",
    );
}

/// Erases the kept answers about a lead, and those about many leads among which it came at this
/// instant; their keys stay used.
///
/// # Errors
/// When the database fails.
pub async fn forget_answers(
    tx: &mut Tx,
    organization_id: OrganizationId,
    lead: LeadId,
    came_at: Timestamp,
) -> Result<()> {
    let sql = format!("UPDATE idempotency_keys SET answer = NULL WHERE {ABOUT_LEAD}");
    tx.db().execute(&sql, about(organization_id, lead, came_at)).await?;
    Ok(())
}

/// Whether there are such answers: somebody may have kept one since they were erased. To be asked with
/// the lead locked, where none comes any more.
///
/// # Errors
/// When the database fails.
pub async fn has_answers(
    tx: &mut Tx,
    organization_id: OrganizationId,
    lead: LeadId,
    came_at: Timestamp,
) -> Result<bool> {
    let sql = format!(
        "SELECT organization_id, credential_id, key_hash FROM idempotency_keys \
         WHERE {ABOUT_LEAD} LIMIT 1"
    );
    let row: Option<KeyRow> = tx.db().one(&sql, about(organization_id, lead, came_at)).await?;
    Ok(row.is_some())
}

/// True for the kept answers about a lead. A key is claimed at the instant that its leads come at, in
/// one transaction with them; an answer about many has no lead as its subject.
const ABOUT_LEAD: &str = "organization_id = $1 AND answer IS NOT NULL AND (subject_id = $2 OR (\
     expires_at = $3 AND NOT EXISTS (SELECT 1 FROM leads l \
     WHERE l.organization_id = $1 AND l.id = idempotency_keys.subject_id)))";

fn about(organization_id: OrganizationId, lead: LeadId, came_at: Timestamp) -> [Value; 3] {
    let expires_at = came_at.after(KEPT_FOR).micros();
    [organization_id.uuid().into(), lead.uuid().into(), expires_at.into()]
}

/// Gives up keys that this transaction claimed for a request that then failed.
///
/// # Errors
/// When the database fails.
pub async fn release(tx: &mut Tx, claims: &[Claim]) -> Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let rows = key_rows(claims);
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM idempotency_keys WHERE (organization_id, credential_id, key_hash) IN \
         (SELECT organization_id, credential_id, key_hash FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Forgets up to `limit` keys whose time is over; returns how many there were.
///
/// # Errors
/// When the database fails.
pub async fn forget_expired(tx: &mut Tx, limit: u32) -> Result<u64> {
    let now = tx.now().await?;
    // SKIP LOCKED: a key that is being claimed again right now belongs to its claimant.
    let sql = tx.db().dialect.pick(
        "DELETE FROM idempotency_keys WHERE (organization_id, credential_id, key_hash) IN \
         (SELECT organization_id, credential_id, key_hash FROM idempotency_keys \
          WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        "DELETE FROM idempotency_keys WHERE (organization_id, credential_id, key_hash) IN \
         (SELECT organization_id, credential_id, key_hash FROM idempotency_keys \
          WHERE expires_at <= $1 LIMIT $2)",
    );
    let values = [Value::from(now.micros()), Value::from(i64::from(limit))];
    tx.db().execute(sql, values).await
}
