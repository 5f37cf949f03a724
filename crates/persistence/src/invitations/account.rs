//! The account behind an invitation, for whoever holds the link.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::AccountId;
use sea_orm::FromQueryResult;

use crate::{Error, Read, Result, Tx};

/// What an account has to prove that it is somebody's.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountState {
    /// The PHC string of its password; `None` until it accepts its first invitation.
    pub password_hash: Option<String>,
    /// Whether somebody has proved that the address is theirs.
    pub is_verified: bool,
}

impl std::fmt::Debug for AccountState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountState")
            .field("is_verified", &self.is_verified)
            .finish_non_exhaustive()
    }
}

/// The account behind an invitation, as it is.
///
/// # Errors
/// When the database fails.
pub async fn account_of(db: &impl Read, id: AccountId) -> Result<AccountState> {
    let db = db.db();
    let sql = "SELECT password_hash, email_verified_at FROM accounts WHERE id = $1";
    let row: Option<Row> = db.one(sql, [id.uuid().into()]).await?;
    let row = row.ok_or_else(|| Error::corrupt("an invitation without an account"))?;
    Ok(AccountState {
        password_hash: row.password_hash,
        is_verified: row.email_verified_at.is_some(),
    })
}

/// Gives a locked account a password, and notes when the address was proved, if it was.
///
/// # Errors
/// When the database fails.
pub async fn set_password(
    tx: &mut Tx,
    id: AccountId,
    password_hash: &str,
    verified_at: Option<Timestamp>,
) -> Result<()> {
    let sql = "UPDATE accounts SET password_hash = $2, \
               email_verified_at = COALESCE(email_verified_at, $3) WHERE id = $1";
    let values =
        [id.uuid().into(), password_hash.into(), verified_at.map(Timestamp::micros).into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    password_hash: Option<String>,
    email_verified_at: Option<i64>,
}
