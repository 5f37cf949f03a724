//! Sessions and their refresh tokens. A refresh token is its own proof; otherwise a person sees and
//! ends their own sessions alone, those of the user that they act as.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{AccountId, OrganizationId, SessionId, UserId};
use evenhand_domain::origin::Origin;
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::Actor;
use evenhand_domain::permission::Credential;
use evenhand_domain::user::UserStatus;
use sea_orm::{EntityTrait, FromQueryResult, Set, Value};
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

/// Whether somebody is an active user, which they then stay until the transaction ends: nobody gets
/// a session while they are being deactivated.
///
/// # Errors
/// When the database fails.
pub async fn hold_active_user(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<bool> {
    let db = tx.db();
    // On SQLite the transaction holds the only write lock there is.
    let sql = db.dialect.pick(
        "SELECT id FROM users WHERE organization_id = $1 AND id = $2 AND status = $3 FOR SHARE",
        "SELECT id FROM users WHERE organization_id = $1 AND id = $2 AND status = $3",
    );
    let values =
        [organization_id.uuid().into(), user_id.uuid().into(), UserStatus::Active.code().into()];
    let row: Option<Id> = db.one(sql, values).await?;
    Ok(row.is_some())
}

/// Stores a new session.
///
/// # Errors
/// When the database fails.
pub async fn insert_at_sign_in(
    tx: &mut Tx,
    new: &Session,
    origin: &Origin,
    now: Timestamp,
) -> Result<()> {
    let row = session::ActiveModel {
        id: Set(new.id.uuid()),
        organization_id: Set(new.organization_id.uuid()),
        user_id: Set(new.user_id.uuid()),
        created_at: Set(now.micros()),
        expires_at: Set(new.expires_at.micros()),
        ended_at: Set(new.ended_at.map(Timestamp::micros)),
        user_agent: Set(origin.user_agent.clone()),
        address: Set(address(origin)),
        last_used_at: Set(Some(now.micros())),
    };
    session::Entity::insert(row).exec_without_returning(tx.db().executor()).await?;
    Ok(())
}

/// Notes from where a session was used last, and when.
///
/// # Errors
/// When the database fails.
pub async fn touch(tx: &mut Tx, id: SessionId, origin: &Origin, now: Timestamp) -> Result<()> {
    let sql = "UPDATE sessions SET user_agent = $2, address = $3, last_used_at = $4 WHERE id = $1";
    let values = [
        id.uuid().into(),
        origin.user_agent.clone().into(),
        address(origin).into(),
        now.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

fn address(origin: &Origin) -> Option<String> {
    origin.address.map(|address| address.to_string())
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

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// Id.
    pub id: SessionId,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was signed in or refreshed last.
    pub last_used_at: Timestamp,
    /// When it ends for good.
    pub expires_at: Timestamp,
    /// What the client called itself then.
    pub user_agent: Option<String>,
    /// Where the client was then.
    pub address: Option<String>,
}

/// The actor's sessions that are not over, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_own(
    db: &impl Read,
    actor: &Actor,
    now: Timestamp,
    request: &PageRequest,
) -> Result<Page<OwnSession>> {
    let mut sql = "SELECT id, created_at, last_used_at, expires_at, user_agent, address \
                   FROM sessions WHERE organization_id = $1 AND user_id = $2 \
                   AND ended_at IS NULL AND expires_at > $3"
        .to_owned();
    let mut values: Vec<Value> = own(actor).into();
    values.push(now.micros().into());
    if let Some(after) = request.after {
        sql.push_str(" AND id < $4");
        values.push(after.into());
    }
    sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", request.probe()));
    let rows: Vec<OwnRow> = db.db().all(&sql, values).await?;
    let sessions = rows.into_iter().map(OwnRow::into_domain).collect();
    Ok(Page::from_probe(sessions, request, |session: &OwnSession| session.id.uuid()))
}

/// Ends a session of the actor's; `None` when they have no such session, `false` when it was over
/// already.
///
/// # Errors
/// When the database fails.
pub async fn end_one_of_own(
    tx: &mut Tx,
    actor: &Actor,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<bool>> {
    let sql = "UPDATE sessions SET ended_at = $4 WHERE id = $3 \
               AND organization_id = $1 AND user_id = $2 AND ended_at IS NULL";
    let [organization_id, user_id] = own(actor);
    let values = [organization_id, user_id, id.uuid().into(), now.micros().into()];
    if tx.db().execute(sql, values).await? == 1 {
        return Ok(Some(true));
    }
    let sql = "SELECT id FROM sessions WHERE id = $3 AND organization_id = $1 AND user_id = $2";
    let [organization_id, user_id] = own(actor);
    let known: Option<Id> = tx.db().one(sql, [organization_id, user_id, id.uuid().into()]).await?;
    Ok(known.map(|_| false))
}

fn own(actor: &Actor) -> [Value; 2] {
    [actor.organization.id.uuid().into(), actor.user_id().map(UserId::uuid).into()]
}

/// A session that was just ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The tenant.
    pub organization_id: OrganizationId,
    /// Whose.
    pub user_id: UserId,
    /// The session.
    pub id: SessionId,
}

/// Ends the actor's sessions but the one that they came with.
///
/// # Errors
/// When the database fails.
pub async fn end_others_of_own(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<Vec<Ended>> {
    let db = tx.db();
    // In one order, so that two who do this at once wait for each other but never in a circle.
    let sql = db.dialect.pick(
        "UPDATE sessions SET ended_at = $4 WHERE ended_at IS NULL AND id IN (\
           SELECT id FROM sessions WHERE organization_id = $1 AND user_id = $2 AND id <> $3 \
           AND ended_at IS NULL AND expires_at > $4 ORDER BY id FOR NO KEY UPDATE) \
         RETURNING organization_id, user_id, id",
        "UPDATE sessions SET ended_at = $4 WHERE organization_id = $1 AND user_id = $2 \
           AND id <> $3 AND ended_at IS NULL AND expires_at > $4 \
         RETURNING organization_id, user_id, id",
    );
    let [organization_id, user_id] = own(actor);
    let kept = actor.stamp.credential.uuid();
    let values = [organization_id, user_id, kept.into(), now.micros().into()];
    let rows: Vec<EndedRow> = db.all(sql, values).await?;
    Ok(rows.into_iter().map(EndedRow::into_domain).collect())
}

/// Ends all sessions of an account in all organizations, but for one. The caller has locked the
/// account and its users.
///
/// # Errors
/// When the database fails.
pub async fn end_all_of_account(
    tx: &mut Tx,
    account_id: AccountId,
    kept: Option<SessionId>,
    now: Timestamp,
) -> Result<Vec<Ended>> {
    let db = tx.db();
    let sql = db.dialect.pick(
        "UPDATE sessions SET ended_at = $3 WHERE ended_at IS NULL AND id IN (\
           SELECT s.id FROM sessions s \
           JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id \
           WHERE u.account_id = $1 AND s.id <> $2 AND s.ended_at IS NULL AND s.expires_at > $3 \
           ORDER BY s.id FOR NO KEY UPDATE OF s) \
         RETURNING organization_id, user_id, id",
        "UPDATE sessions SET ended_at = $3 WHERE ended_at IS NULL AND id IN (\
           SELECT s.id FROM sessions s \
           JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id \
           WHERE u.account_id = $1 AND s.id <> $2 AND s.ended_at IS NULL AND s.expires_at > $3) \
         RETURNING organization_id, user_id, id",
    );
    let kept = kept.map_or(Uuid::nil(), SessionId::uuid);
    let values = [account_id.uuid().into(), kept.into(), now.micros().into()];
    let rows: Vec<EndedRow> = db.all(sql, values).await?;
    Ok(rows.into_iter().map(EndedRow::into_domain).collect())
}

#[derive(FromQueryResult)]
struct Id {
    #[expect(dead_code, reason = "the row's presence is the answer")]
    id: Uuid,
}

#[derive(FromQueryResult)]
struct EndedRow {
    organization_id: Uuid,
    user_id: Uuid,
    id: Uuid,
}

impl EndedRow {
    fn into_domain(self) -> Ended {
        Ended {
            organization_id: self.organization_id.into(),
            user_id: self.user_id.into(),
            id: self.id.into(),
        }
    }
}

#[derive(FromQueryResult)]
struct OwnRow {
    id: Uuid,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: i64,
    user_agent: Option<String>,
    address: Option<String>,
}

impl OwnRow {
    fn into_domain(self) -> OwnSession {
        OwnSession {
            id: self.id.into(),
            created_at: Timestamp::from_micros(self.created_at),
            last_used_at: Timestamp::from_micros(self.last_used_at.unwrap_or(self.created_at)),
            expires_at: Timestamp::from_micros(self.expires_at),
            user_agent: self.user_agent,
            address: self.address,
        }
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
