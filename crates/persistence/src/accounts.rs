//! People's sign-ins, across organizations. All of this runs before anybody is known, or must not
//! tell its caller whether an account was there before; or is done by a person to their own.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::Email;
use evenhand_domain::ids::{AccountId, OrganizationId, SessionId, UserId};
use evenhand_domain::user::UserStatus;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, Set, TryInsertResult};
use uuid::Uuid;

use crate::entities::account;
use crate::store::Dialect;
use crate::{Error, Read, Result, Tx};

/// What sign-in needs to know of an account.
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its address for signing in.
    pub email: Email,
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
    Ok(row.map(into_domain))
}

/// An account, for a person who acts for it or holds a secret of it.
///
/// # Errors
/// When the database fails.
pub async fn find(db: &impl Read, id: AccountId) -> Result<Option<Account>> {
    let row = account::Entity::find_by_id(id.uuid()).one(db.db().executor()).await?;
    Ok(row.map(into_domain))
}

fn into_domain(row: account::Model) -> Account {
    Account {
        id: row.id.into(),
        email: Email::stored(row.email, row.email_key),
        password_hash: row.password_hash,
    }
}

/// Whether an account's password is still the one that was proved, which it then stays until the
/// transaction ends: nobody signs in by a password while it is being changed.
///
/// # Errors
/// When the database fails.
pub async fn hold_password(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<bool> {
    let db = tx.db();
    // On SQLite the transaction holds the only write lock there is.
    let sql = db.dialect.pick(
        "SELECT id FROM accounts WHERE id = $1 AND password_hash = $2 FOR SHARE",
        "SELECT id FROM accounts WHERE id = $1 AND password_hash = $2",
    );
    let row: Option<Id> = db.one(sql, [id.uuid().into(), password_hash.into()]).await?;
    Ok(row.is_some_and(|row| row.id == id.uuid()))
}

/// Whether a session of an account is not over, while nobody changes the account's password until
/// the transaction ends: who goes on from one session to another does not outlive such a change.
///
/// # Errors
/// When the database fails.
pub async fn hold_session(
    tx: &mut Tx,
    id: AccountId,
    session_id: SessionId,
    now: Timestamp,
) -> Result<bool> {
    let db = tx.db();
    if db.dialect == Dialect::Postgres {
        let sql = "SELECT id FROM accounts WHERE id = $1 FOR SHARE";
        let _held: Option<Id> = db.one(sql, [id.uuid().into()]).await?;
    }
    let sql = "SELECT id FROM sessions WHERE id = $1 AND ended_at IS NULL AND expires_at > $2";
    let row: Option<Id> = db.one(sql, [session_id.uuid().into(), now.micros().into()]).await?;
    Ok(row.is_some_and(|row| row.id == session_id.uuid()))
}

/// Locks an account until the transaction ends, and with it every change of its password; then
/// its users, so that nobody ends their sessions at the same time. Returns where the account is an
/// active user.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: AccountId) -> Result<Vec<(OrganizationId, UserId)>> {
    let db = tx.db();
    if db.dialect == Dialect::Postgres {
        let sql = "SELECT id FROM accounts WHERE id = $1 FOR NO KEY UPDATE";
        let _locked: Option<Id> = db.one(sql, [id.uuid().into()]).await?;
    }
    let sql = db.dialect.pick(
        "SELECT organization_id, id, status FROM users WHERE account_id = $1 \
         ORDER BY organization_id, id FOR NO KEY UPDATE",
        "SELECT organization_id, id, status FROM users WHERE account_id = $1 \
         ORDER BY organization_id, id",
    );
    let rows: Vec<UserRow> = db.all(sql, [id.uuid().into()]).await?;
    let active = rows.into_iter().filter(|row| row.status == UserStatus::Active.code());
    Ok(active.map(|row| (row.organization_id.into(), row.id.into())).collect())
}

/// Replaces the password that was proved, or whichever there is where none is given; `false` when
/// it is another by now. The caller has locked the account.
///
/// # Errors
/// When the database fails.
pub async fn replace_password(
    tx: &mut Tx,
    id: AccountId,
    proved: Option<&str>,
    password_hash: &str,
) -> Result<bool> {
    let sql = "UPDATE accounts SET password_hash = $2 \
               WHERE id = $1 AND password_hash = COALESCE($3, password_hash)";
    let values = [id.uuid().into(), password_hash.into(), proved.map(str::to_owned).into()];
    Ok(tx.db().execute(sql, values).await? == 1)
}

/// Notes that somebody proved by mail that the account's address is theirs.
///
/// # Errors
/// When the database fails.
pub async fn verify_email(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET email_verified_at = $2 WHERE id = $1";
    tx.db().execute(sql, [id.uuid().into(), now.micros().into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct UserRow {
    organization_id: Uuid,
    id: Uuid,
    status: i16,
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
        email_verified_at: Set(None),
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
