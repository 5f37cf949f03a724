//! Sessions and their refresh tokens. All of this runs on behalf of the service: a refresh token
//! is its own proof.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, SessionId, UserId};
use evenhand_domain::permission::Actor;
use evenhand_domain::permission::Credential;
use sea_orm::{EntityTrait, FromQueryResult, Set};
use uuid::Uuid;

use crate::entities::{refresh_token, session};
use crate::{Read, Result, Tx};

/// A session: one signed-in device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Whose.
    pub user_id: UserId,
    /// When it ends for good.
    pub expires_at: Timestamp,
    /// When it was ended before that.
    pub ended_at: Option<Timestamp>,
}

/// A refresh token's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// When it was exchanged first, or ended because the exchange that made it was repeated;
    /// `None` while it is the session's live one.
    pub spent_at: Option<Timestamp>,
}

/// Stores a new session.
///
/// # Errors
/// When the database fails.
pub async fn insert_at_sign_in(tx: &mut Tx, new: &Session, now: Timestamp) -> Result<()> {
    let row = session::ActiveModel {
        id: Set(new.id.uuid()),
        organization_id: Set(new.organization_id.uuid()),
        user_id: Set(new.user_id.uuid()),
        created_at: Set(now.micros()),
        expires_at: Set(new.expires_at.micros()),
        ended_at: Set(new.ended_at.map(Timestamp::micros)),
    };
    session::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// Stores the SHA-256 of a new refresh token.
///
/// # Errors
/// When the database fails.
pub async fn insert_refresh_token(
    tx: &mut Tx,
    session_id: SessionId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    let row = refresh_token::ActiveModel {
        hash: Set(hash.to_vec()),
        session_id: Set(session_id.uuid()),
        created_at: Set(now.micros()),
        spent_at: Set(None),
        replaced_by: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// The session that a refresh token belongs to, locked until the transaction ends, with the
/// token's state as it is under that lock.
///
/// # Errors
/// When the database fails.
pub async fn lock_by_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
) -> Result<Option<(Session, RefreshToken)>> {
    let db = tx.db();
    // The session's row first, then the token's: one order for all, so that nobody waits in a
    // circle. (SQLite's transaction holds the only write lock there is.)
    let sql = db.dialect.pick(
        "SELECT id, organization_id, user_id, expires_at, ended_at FROM sessions \
         WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1) FOR UPDATE",
        "SELECT id, organization_id, user_id, expires_at, ended_at FROM sessions \
         WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1)",
    );
    let session: Option<SessionRow> = db.one(sql, [hash.to_vec().into()]).await?;
    let Some(session) = session else { return Ok(None) };
    // A statement of its own: it sees what the one who held the lock before has written.
    let token = refresh_token::Entity::find_by_id(hash.to_vec()).one(db.executor()).await?;
    Ok(token.map(|token| {
        let spent_at = token.spent_at.map(Timestamp::from_micros);
        (session.into_domain(), RefreshToken { spent_at })
    }))
}

/// Ends the token that a spent one was exchanged for, so that another can take its place; `false`
/// when there is none, or it was spent itself.
///
/// # Errors
/// When the database fails.
pub async fn spend_successor(tx: &mut Tx, hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let sql = "UPDATE refresh_tokens SET spent_at = $2 WHERE spent_at IS NULL AND hash = \
               (SELECT t.replaced_by FROM refresh_tokens t WHERE t.hash = $1)";
    Ok(tx.db().execute(sql, [hash.to_vec().into(), now.micros().into()]).await? == 1)
}

/// Notes what a refresh token was exchanged for last, and when first.
///
/// # Errors
/// When the database fails.
pub async fn spend_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
    successor: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE refresh_tokens SET spent_at = COALESCE(spent_at, $2), replaced_by = $3 \
               WHERE hash = $1";
    let values = [hash.to_vec().into(), now.micros().into(), successor.to_vec().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Ends a session, and with it every token of it; `false` when it was over already.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    Ok(tx.db().execute(sql, [id.uuid().into(), now.micros().into()]).await? == 1)
}

/// Ends the session that the actor came with; `None` when they came with an API key.
///
/// # Errors
/// When the database fails.
pub async fn end_own(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<Option<SessionId>> {
    match actor.stamp.credential {
        Credential::Session(id) => {
            end(tx, id, now).await?;
            Ok(Some(id))
        }
        Credential::ApiKey(_) => Ok(None),
    }
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    expires_at: i64,
    ended_at: Option<i64>,
}

impl SessionRow {
    fn into_domain(self) -> Session {
        Session {
            id: self.id.into(),
            organization_id: self.organization_id.into(),
            user_id: self.user_id.into(),
            expires_at: Timestamp::from_micros(self.expires_at),
            ended_at: self.ended_at.map(Timestamp::from_micros),
        }
    }
}
