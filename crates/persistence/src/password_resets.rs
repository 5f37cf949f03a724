//! Links for a new password; only the hashes of their tokens. All of this runs before anybody is
//! known: a token is its own proof.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::AccountId;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{Read, Result, Tx};

/// Stores the SHA-256 of a new token.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    hash: &[u8; 32],
    account_id: AccountId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    let sql = "INSERT INTO password_resets (hash, account_id, created_at, expires_at) \
               VALUES ($1, $2, $3, $4)";
    let values = [
        hash.to_vec().into(),
        account_id.uuid().into(),
        now.micros().into(),
        expires_at.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// How many tokens an account has got since an instant.
///
/// # Errors
/// When the database fails.
pub async fn count_since(db: &impl Read, account_id: AccountId, since: Timestamp) -> Result<i64> {
    let sql = "SELECT count(*) AS count FROM password_resets \
               WHERE account_id = $1 AND created_at > $2";
    let values = [account_id.uuid().into(), since.micros().into()];
    let row: Option<Count> = db.db().one(sql, values).await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Ends whatever tokens an account has.
///
/// # Errors
/// When the database fails.
pub async fn revoke_all(tx: &mut Tx, account_id: AccountId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE password_resets SET revoked_at = $2 \
               WHERE account_id = $1 AND used_at IS NULL AND revoked_at IS NULL";
    tx.db().execute(sql, [account_id.uuid().into(), now.micros().into()]).await?;
    Ok(())
}

const OPEN: &str = "hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2";

/// The account that a token is good for; `None` when it is unknown, used, revoked or past its
/// time.
///
/// # Errors
/// When the database fails.
pub async fn find_open(
    db: &impl Read,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<AccountId>> {
    let sql = format!("SELECT account_id FROM password_resets WHERE {OPEN}");
    let values = [hash.to_vec().into(), now.micros().into()];
    let row: Option<Owner> = db.db().one(&sql, values).await?;
    Ok(row.map(|row| row.account_id.into()))
}

/// Uses a token up; `false` when it is good for nothing any more. Of several at once one does.
///
/// # Errors
/// When the database fails.
pub async fn claim(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let sql = format!("UPDATE password_resets SET used_at = $2 WHERE {OPEN}");
    Ok(tx.db().execute(&sql, [hash.to_vec().into(), now.micros().into()]).await? == 1)
}

/// Deletes at most so many tokens that expired before an instant; returns how many it were.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &mut Tx, before: Timestamp, at_most: u32) -> Result<u64> {
    let sql = "DELETE FROM password_resets WHERE hash IN (\
                 SELECT hash FROM password_resets WHERE expires_at < $1 \
                 ORDER BY expires_at LIMIT $2)";
    tx.db().execute(sql, [before.micros().into(), i64::from(at_most).into()]).await
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[derive(FromQueryResult)]
struct Owner {
    account_id: Uuid,
}
