//! Idempotency keys: a key is locked before what it guards is done, and its row is written in the same
//! transaction as the effect, so a crash leaves both or neither.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error as DomainError};
use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::permission::Credential;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::locks::{self, Locks};
use crate::rows::{Kind, Rows};
use crate::store::Dialect;
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
    let rows = kept(db, claims).await?;
    let live = rows.into_iter().filter(|row| row.expires_at > now.micros());
    let by_key: HashMap<Vec<u8>, KeptRow> = live.map(|row| (row.key_hash.clone(), row)).collect();
    let answer = |claim: &Claim| {
        let row = by_key.get(claim.key_hash.as_slice())?;
        let is_same = row.is_of(claim) && row.request_hash == claim.request_hash;
        row.answer.clone().filter(|_| is_same)
    };
    Ok(claims.iter().map(answer).collect())
}

/// What is kept under some keys.
#[derive(Debug, Default)]
pub struct Kept(pub(crate) Vec<KeptRow>);

#[derive(Debug, FromQueryResult)]
pub(crate) struct KeptRow {
    pub(crate) organization_id: Uuid,
    pub(crate) credential_id: Uuid,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) request_hash: Vec<u8>,
    pub(crate) subject_id: Option<Uuid>,
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) expires_at: i64,
}

/// Claims keys, each at most once in the slice; the result is in the slice's order. A key that
/// another transaction has claimed is waited for. A claim is a lock and no row: [`keep`] writes the
/// row, whole, and where nothing is kept there is nothing to take back.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, claims: &[Claim], now: Timestamp) -> Result<Vec<Claimed>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    lock(tx, claims).await?;
    look(tx, claims, now).await
}

/// What came of claims that are locked ([`lock`]), in the slice's order.
///
/// # Errors
/// When the database fails.
pub async fn look(tx: &mut Tx, claims: &[Claim], now: Timestamp) -> Result<Vec<Claimed>> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let kept = Kept(kept(tx, claims).await?);
    judge(tx, claims, kept, now).await
}

/// The same by what was kept under these keys, or more of them, when they were locked already
/// ([`crate::access::confirm_and_look`]).
///
/// # Errors
/// When the database fails.
pub async fn judge(
    tx: &mut Tx,
    claims: &[Claim],
    kept: Kept,
    now: Timestamp,
) -> Result<Vec<Claimed>> {
    let (live, expired): (Vec<KeptRow>, Vec<KeptRow>) =
        kept.0.into_iter().partition(|row| row.expires_at > now.micros());
    let is_expired = |claim: &&Claim| expired.iter().any(|row| row.is_of(claim));
    forget(tx, claims.iter().filter(is_expired)).await?;
    let outcome = |claim: &Claim| match live.iter().find(|row| row.is_of(claim)) {
        Some(row) => row.outcome(claim),
        None => Ok(Claimed::Fresh),
    };
    claims.iter().map(outcome).collect()
}

/// Locks keys until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, claims: &[Claim]) -> Result<()> {
    let locks = claims.iter().map(Claim::lock).collect();
    locks::take(tx, Locks { shared: BTreeSet::new(), exclusive: locks }).await
}

impl Claim {
    /// The number of its lock. Two keys that happen to have the same only wait for each other.
    pub(crate) fn lock(&self) -> i64 {
        let [a, b, c, d, e, f, g, h, ..] = self.key_hash;
        let (_, tail) = self.credential_id.as_u64_pair();
        (u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ tail).cast_signed()
    }
}

impl KeptRow {
    fn is_of(&self, claim: &Claim) -> bool {
        claim.organization_id.uuid() == self.organization_id
            && claim.credential_id == self.credential_id
            && claim.key_hash == self.key_hash.as_slice()
    }

    /// What a request under the same key gets.
    fn outcome(&self, claim: &Claim) -> Result<Claimed> {
        if self.request_hash != claim.request_hash {
            return Ok(Claimed::Reused);
        }
        match &self.answer {
            Some(answer) => Ok(Claimed::Replay(answer.clone())),
            None if self.subject_id.is_some() => Ok(Claimed::Erased),
            None => Err(Error::corrupt("an idempotency key without its answer")),
        }
    }
}

async fn kept<'a>(
    db: &impl Read,
    claims: impl IntoIterator<Item = &'a Claim>,
) -> Result<Vec<KeptRow>> {
    let rows = key_rows(claims);
    let db = db.db();
    db.all(&kept_sql(db.dialect, &rows), rows.into_values(db.dialect)).await
}

/// The columns of [`KeptRow`] for the keys of `rows` that are kept.
pub(crate) fn kept_sql(dialect: Dialect, rows: &Rows<3>) -> String {
    // One look by the primary key for each, whatever the database takes the size of the table for: it
    // grows fast.
    let (begin, end) = match dialect {
        Dialect::Postgres => ("LATERAL (SELECT * FROM idempotency_keys k WHERE", "LIMIT 1) k"),
        Dialect::Sqlite => ("idempotency_keys k ON", ""),
    };
    format!(
        "{} SELECT k.organization_id, k.credential_id, k.key_hash, k.request_hash, k.subject_id, \
         k.answer, k.expires_at FROM input i CROSS JOIN {begin} \
         k.organization_id = i.organization_id AND k.credential_id = i.credential_id \
         AND k.key_hash = i.key_hash {end}",
        rows.input(dialect)
    )
}

pub(crate) fn key_rows<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> Rows<3> {
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

/// Keeps answers under keys that this transaction claimed at its now.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, answers: Vec<(Claim, Uuid, Vec<u8>)>) -> Result<()> {
    let now = tx.now().await?;
    let mut writes = Writes::of(tx);
    keep_with(&mut writes, answers, now);
    writes.run(tx).await
}

/// The same with other writes.
pub fn keep_with(writes: &mut Writes, answers: Vec<(Claim, Uuid, Vec<u8>)>, now: Timestamp) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("credential_id", Kind::Uuid),
        ("key_hash", Kind::Bytes),
        ("request_hash", Kind::Bytes),
        ("subject_id", Kind::Uuid),
        ("answer", Kind::Bytes),
        ("expires_at", Kind::Int),
    ]);
    let expires_at = now.after(KEPT_FOR).micros();
    for (claim, subject_id, answer) in answers {
        rows.push([
            claim.organization_id.into(),
            claim.credential_id.into(),
            claim.key_hash.into(),
            claim.request_hash.into(),
            subject_id.into(),
            answer.into(),
            expires_at.into(),
        ]);
    }
    // A key that somebody kept all the same is refused by the primary key.
    writes.insert(rows, "idempotency_keys", "");
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
    #[derive(FromQueryResult)]
    struct Found {
        #[expect(dead_code, reason = "whether there is a row is all that is asked")]
        expires_at: i64,
    }

    let sql = format!("SELECT expires_at FROM idempotency_keys WHERE {ABOUT_LEAD} LIMIT 1");
    let row: Option<Found> = tx.db().one(&sql, about(organization_id, lead, came_at)).await?;
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

/// Forgets keys with what is kept under them.
///
/// # Errors
/// When the database fails.
pub async fn forget<'a>(tx: &mut Tx, claims: impl IntoIterator<Item = &'a Claim>) -> Result<()> {
    let rows = key_rows(claims);
    if rows.is_empty() {
        return Ok(());
    }
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
