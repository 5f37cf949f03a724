//! What ends with a user's leaving, and what is remembered for their way back. The user is locked.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{ApiKeyId, RotationId, UserId};
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_domain::rotation::MemberSettings;
use evenhand_domain::user::UserStatus;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx, convert};

/// Writes a user's status and raises both versions.
///
/// # Errors
/// When the database fails.
pub async fn set_status(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    status: UserStatus,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE users SET status = $3, access_version = access_version + 1, \
               version = version + 1, updated_at = $4 WHERE organization_id = $1 AND id = $2";
    let [organization_id, user] = key(grant, user);
    let values = [organization_id, user, status.code().into(), now.micros().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Ends all sessions of a user: how many there were.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    now: Timestamp,
) -> Result<u64> {
    let db = tx.db();
    // In one order, as everybody ends several sessions.
    let lock = db.dialect.pick("ORDER BY id FOR NO KEY UPDATE", "");
    let sql = format!(
        "UPDATE sessions SET ended_at = $3 WHERE ended_at IS NULL AND id IN (\
         SELECT id FROM sessions WHERE organization_id = $1 AND user_id = $2 \
         AND ended_at IS NULL AND expires_at > $3 {lock})"
    );
    let [organization_id, user] = key(grant, user);
    db.execute(&sql, [organization_id, user, now.micros().into()]).await
}

#[derive(FromQueryResult)]
struct KeyRow {
    id: Uuid,
}

/// Revokes the API keys that a user made, for good: which those were, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn revoke_api_keys(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<ApiKeyId>> {
    let db = tx.db();
    let lock = db.dialect.pick("ORDER BY id FOR NO KEY UPDATE", "");
    let sql = format!(
        "UPDATE api_keys SET revoked_at = $3, version = version + 1, \
         access_version = access_version + 1 WHERE organization_id = $1 AND id IN (\
         SELECT id FROM api_keys WHERE organization_id = $1 AND created_by = $2 \
         AND revoked_at IS NULL {lock}) RETURNING id"
    );
    let [organization_id, user] = key(grant, user);
    let rows: Vec<KeyRow> = db.all(&sql, [organization_id, user, now.micros().into()]).await?;
    let mut revoked: Vec<ApiKeyId> = rows.into_iter().map(|row| row.id.into()).collect();
    revoked.sort_unstable();
    Ok(revoked)
}

/// A rotation that an inactive user left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftRotation {
    /// The rotation.
    pub rotation_id: RotationId,
    /// What was set for them there.
    pub settings: MemberSettings,
}

/// Remembers rotations that a user has left.
///
/// # Errors
/// When the database fails.
pub async fn remember_left(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    left: &[LeftRotation],
) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
        ("weight", Kind::Int),
        ("paused", Kind::Flag),
        ("paused_until", Kind::Int),
    ]);
    for left in left {
        let (paused, until) = convert::pause_columns(left.settings.pause);
        rows.push([
            grant.organization_id().into(),
            user.into(),
            left.rotation_id.into(),
            left.settings.daily_limit.into(),
            left.settings.monthly_limit.into(),
            left.settings.weight.into(),
            paused.into(),
            until.into(),
        ]);
    }
    let db = tx.db();
    db.insert(rows, "left_rotations", "").await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct LeftRow {
    rotation_id: Uuid,
    daily_limit: Option<i32>,
    monthly_limit: Option<i32>,
    weight: i32,
    paused: bool,
    paused_until: Option<i64>,
}

/// The rotations that a user has left, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn left_rotations(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Vec<LeftRotation>> {
    let sql = "SELECT rotation_id, daily_limit, monthly_limit, weight, paused, paused_until \
               FROM left_rotations WHERE organization_id = $1 AND user_id = $2 \
               ORDER BY rotation_id";
    let rows: Vec<LeftRow> = db.db().all(sql, key(grant, user)).await?;
    let limit = |stored: Option<i32>| {
        stored.map(u32::try_from).transpose().map_err(|_| Error::corrupt("a limit"))
    };
    rows.into_iter()
        .map(|row| {
            let settings = MemberSettings {
                daily_limit: limit(row.daily_limit)?,
                monthly_limit: limit(row.monthly_limit)?,
                weight: u32::try_from(row.weight).map_err(|_| Error::corrupt("a weight"))?,
                pause: convert::pause(row.paused, row.paused_until),
            };
            Ok(LeftRotation { rotation_id: row.rotation_id.into(), settings })
        })
        .collect()
}

/// Forgets the rotations that a user had left.
///
/// # Errors
/// When the database fails.
pub async fn forget_left(tx: &mut Tx, grant: &Grant<ManageUsers>, user: UserId) -> Result<()> {
    let sql = "DELETE FROM left_rotations WHERE organization_id = $1 AND user_id = $2";
    tx.db().execute(sql, key(grant, user)).await?;
    Ok(())
}

fn key(grant: &Grant<ManageUsers>, user: UserId) -> [Value; 2] {
    [grant.organization_id().uuid().into(), user.uuid().into()]
}
