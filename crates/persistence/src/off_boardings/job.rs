//! Which process moves the leads of which off-boarding: a lease, so that several do not stand in
//! each other's way, and so that another one goes on when a process is gone. That no lead is moved
//! twice does not hang on it.

use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OffBoardingId, OrganizationId};
use evenhand_domain::off_boarding::OffBoardingStatus;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{Read, Result, Tx};

/// How long an off-boarding is one process's: longer than a step takes, short enough to wait for.
const LEASE: Duration = Duration::from_secs(5);

#[derive(FromQueryResult)]
struct KeyRow {
    organization_id: Uuid,
    id: Uuid,
}

/// Whether an off-boarding, whosever, runs that no process has. Only reads.
///
/// # Errors
/// When the database fails.
pub async fn is_waiting(db: &impl Read, now: Timestamp) -> Result<bool> {
    let sql = format!("{} LIMIT 1", waiting("$1"));
    let row: Option<KeyRow> = db.db().one(&sql, [Value::from(now.micros())]).await?;
    Ok(row.is_some())
}

/// Takes an off-boarding that runs and that no process has, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    process: Uuid,
    now: Timestamp,
) -> Result<Option<(OrganizationId, OffBoardingId)>> {
    let db = tx.db();
    let lock = db.dialect.pick("FOR NO KEY UPDATE SKIP LOCKED", "");
    let sql = format!(
        "UPDATE off_boardings SET claimed_by = $2, lease_until = $3 \
         WHERE (organization_id, id) IN ({} ORDER BY id LIMIT 1 {lock}) \
         RETURNING organization_id, id",
        waiting("$1"),
    );
    let values = [now.micros().into(), process.into(), now.after(LEASE).micros().into()];
    let row: Option<KeyRow> = db.one(&sql, values).await?;
    Ok(row.map(|row| (row.organization_id.into(), row.id.into())))
}

/// Holds on to a locked off-boarding; `false` when another process has it by now.
///
/// # Errors
/// When the database fails.
pub async fn renew(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: OffBoardingId,
    process: Uuid,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE off_boardings SET lease_until = $4 \
               WHERE organization_id = $1 AND id = $2 AND claimed_by = $3";
    let values = [
        organization_id.uuid().into(),
        id.uuid().into(),
        process.into(),
        now.after(LEASE).micros().into(),
    ];
    Ok(tx.db().execute(sql, values).await? == 1)
}

fn waiting(now: &str) -> String {
    format!(
        "SELECT organization_id, id FROM off_boardings \
         WHERE status = {} AND (lease_until IS NULL OR lease_until <= {now})",
        OffBoardingStatus::Running.code(),
    )
}
