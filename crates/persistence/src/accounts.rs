//! People's sign-ins, across organizations. All of this runs before anybody is known, or must not
//! tell its caller whether an account was there before.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::Email;
use evenhand_domain::ids::AccountId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, TryInsertResult};

use crate::entities::account;
use crate::{Error, Read, Result, Tx};

/// What sign-in needs to know of an account.
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The PHC string of its password; `None` until its first invitation is accepted.
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The account with this address, for whoever is about to prove that it is theirs.
///
/// # Errors
/// When the database fails.
pub async fn find_for_sign_in(db: &impl Read, email: &Email) -> Result<Option<Account>> {
    let row = account::Entity::find()
        .filter(account::Column::EmailKey.eq(email.key()))
        .one(db.db().executor())
        .await?;
    Ok(row.map(|row| Account { id: row.id.into(), password_hash: row.password_hash }))
}

/// The id of the account with this address, which is made with `new_id` and without a password
/// where there is none. The caller's answer must not depend on which it was.
///
/// # Errors
/// When the database fails.
pub async fn find_or_insert(
    tx: &mut Tx,
    email: &Email,
    new_id: AccountId,
    now: Timestamp,
) -> Result<AccountId> {
    let row = account::ActiveModel {
        id: Set(new_id.uuid()),
        email: Set(email.given().to_owned()),
        email_key: Set(email.key().to_owned()),
        password_hash: Set(None),
        created_at: Set(now.micros()),
    };
    // Waits for a transaction that is making the same account right now.
    let inserted = account::Entity::insert(row)
        .on_conflict(OnConflict::column(account::Column::EmailKey).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx.db().executor())
        .await?;
    if matches!(inserted, TryInsertResult::Inserted(1..)) {
        return Ok(new_id);
    }
    let found = find_for_sign_in(tx, email).await?;
    found
        .map(|account| account.id)
        .ok_or_else(|| Error::corrupt("an account is neither new nor known"))
}

/// Gives an account its first password; `false` when it has one already, which is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn set_first_password(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<bool> {
    let sql = "UPDATE accounts SET password_hash = $2 WHERE id = $1 AND password_hash IS NULL";
    let values = [id.uuid().into(), password_hash.into()];
    Ok(tx.db().execute(sql, values).await? == 1)
}
