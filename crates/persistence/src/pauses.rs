//! People out of all rotations: the user's side of it. The rotations' side is in each of them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::rotation::Pause;
use evenhand_domain::user::Role;
use sea_orm::{FromQueryResult, Value};

use crate::{Read, Result, Tx, convert};

/// A user's pause with the version of the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserPause {
    /// Whether and until when they are out of all rotations.
    pub pause: Pause,
    /// The user's version.
    pub version: i64,
    /// The user's role.
    pub role: Role,
}

#[derive(FromQueryResult)]
struct Row {
    role: i16,
    paused: bool,
    paused_until: Option<i64>,
    version: i64,
}

/// A user's pause, locked until the transaction ends; `None` for somebody the organization does
/// not have. After the locks of their rotations; whoever adds them to one locks them as well, so
/// that nobody joins unseen.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Option<UserPause>> {
    let db = tx.db();
    let sql = format!(
        "SELECT role, paused, paused_until, version FROM users WHERE organization_id = $1 AND id = $2 {}",
        db.dialect.pick("FOR NO KEY UPDATE", "")
    );
    let row: Option<Row> =
        db.one(&sql, [organization_id.uuid().into(), user.uuid().into()]).await?;
    row.map(|row| {
        Ok(UserPause {
            pause: convert::pause(row.paused, row.paused_until),
            version: row.version,
            role: convert::role(row.role)?,
        })
    })
    .transpose()
}

/// Stores a user's pause and raises their version.
///
/// # Errors
/// When the database fails.
pub async fn save(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
    pause: Pause,
    now: Timestamp,
) -> Result<()> {
    let (paused, until) = convert::pause_columns(pause);
    let sql = "UPDATE users SET paused = $3, paused_until = $4, version = version + 1, \
               updated_at = $5 WHERE organization_id = $1 AND id = $2";
    let values = [
        Value::from(organization_id.uuid()),
        Value::from(user.uuid()),
        Value::from(paused),
        Value::from(until),
        Value::from(now.micros()),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}
