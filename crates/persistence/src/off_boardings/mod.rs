//! Users who leave or come back, with what becomes of their leads: decided once, frozen, carried
//! out in steps.
//!
//! The lock order within a transaction: rotations, users, an off-boarding's own row, leads.

mod access;
mod collaborations;
mod job;
mod leads;
mod plan;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OffBoardingId, OrganizationId, UserId};
use evenhand_domain::off_boarding::{
    LeadsAction, LeadsActionKind, OffBoarding, OffBoardingFailure, OffBoardingStatus,
};
use evenhand_domain::permission::{Grant, ManageUsers};
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx, convert};

pub use access::{
    LeftRotation, end_sessions, forget_left, left_rotations, remember_left, revoke_api_keys,
    set_status,
};
pub use collaborations::{
    forget_all_collaborations, forget_collaborations, left_collaborations, remember_collaborations,
};
pub use job::{claim, is_waiting, renew};
pub use leads::{FrozenLead, StepTaken, freeze, freeze_way_back, next, take};
pub use plan::{OffBoardingDetails, Recipient, details, plan, recipient};

/// Stores an off-boarding as it was decided.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant<ManageUsers>, new: &OffBoarding) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("action", Kind::Int),
        ("to_user_id", Kind::Uuid),
        ("to_group_id", Kind::Uuid),
        ("to_team_id", Kind::Uuid),
        ("status", Kind::Int),
        ("total", Kind::Int),
        ("moved", Kind::Int),
        ("unassigned", Kind::Int),
        ("skipped", Kind::Int),
        ("rotation_ids", Kind::Json),
        ("sessions", Kind::Int),
        ("api_key_ids", Kind::Json),
        ("decided_by_user_id", Kind::Uuid),
        ("decided_by_session_id", Kind::Uuid),
        ("created_at", Kind::Int),
        ("finished_at", Kind::Int),
    ]);
    rows.push([
        grant.organization_id().into(),
        new.id.uuid().into(),
        new.user_id.into(),
        new.action.kind().code().into(),
        new.action.user_id().into(),
        new.action.rotation_owner().and_then(RotationOwner::group_id).into(),
        new.action.rotation_owner().and_then(RotationOwner::team_id).into(),
        new.status.code().into(),
        new.total.into(),
        new.moved.into(),
        new.unassigned.into(),
        new.skipped.into(),
        Cell::Json(convert::ids_json(&new.rotation_ids).to_string()),
        new.sessions.into(),
        Cell::Json(convert::ids_json(&new.api_key_ids).to_string()),
        new.decided_by.into(),
        new.session_id.map(|session| session.uuid()).into(),
        new.created_at.micros().into(),
        new.finished_at.map(Timestamp::micros).into(),
    ]);
    let db = tx.db();
    db.insert(rows, "off_boardings", "").await?;
    Ok(())
}

/// The latest leaving or coming back of a user.
///
/// # Errors
/// When the database fails.
pub async fn latest(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Option<OffBoarding>> {
    let sql = format!(
        "{SELECT} WHERE o.organization_id = $1 AND o.user_id = $2 ORDER BY o.id DESC LIMIT 1"
    );
    let values = [grant.organization_id().uuid().into(), Value::from(user.uuid())];
    let row: Option<Row> = db.db().one(&sql, values).await?;
    row.map(Row::into_domain).transpose()
}

/// Locks those of a locked user that are not closed, in the order they were decided, and reads
/// them.
///
/// # Errors
/// When the database fails.
pub async fn lock_open(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
) -> Result<Vec<OffBoarding>> {
    let db = tx.db();
    let lock = db.dialect.pick("FOR NO KEY UPDATE OF o", "");
    let sql = format!(
        "{SELECT} WHERE o.organization_id = $1 AND o.user_id = $2 AND o.closed_at IS NULL \
         ORDER BY o.id {lock}"
    );
    let values = [grant.organization_id().uuid().into(), Value::from(user.uuid())];
    let rows: Vec<Row> = db.all(&sql, values).await?;
    rows.into_iter().map(Row::into_domain).collect()
}

/// One of them, without a lock, for the service's own work.
///
/// # Errors
/// When the database fails.
pub async fn find_for_service(
    db: &impl Read,
    organization_id: OrganizationId,
    id: OffBoardingId,
) -> Result<Option<OffBoarding>> {
    one(db, organization_id, id, "").await
}

/// As [`find_for_service`], locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_for_service(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: OffBoardingId,
) -> Result<Option<OffBoarding>> {
    let lock = tx.db().dialect.pick("FOR NO KEY UPDATE OF o", "");
    one(tx, organization_id, id, lock).await
}

async fn one(
    db: &impl Read,
    organization_id: OrganizationId,
    id: OffBoardingId,
    lock: &str,
) -> Result<Option<OffBoarding>> {
    let sql = format!("{SELECT} WHERE o.organization_id = $1 AND o.id = $2 {lock}");
    let values = [organization_id.uuid().into(), Value::from(id.uuid())];
    let row: Option<Row> = db.db().one(&sql, values).await?;
    row.map(Row::into_domain).transpose()
}

/// Writes how far a locked off-boarding has come.
///
/// # Errors
/// When the database fails.
pub async fn save_progress(
    tx: &mut Tx,
    organization_id: OrganizationId,
    of: &OffBoarding,
) -> Result<()> {
    let sql = "UPDATE off_boardings SET status = $3, failure = $4, moved = $5, unassigned = $6, \
               skipped = $7, finished_at = $8 WHERE organization_id = $1 AND id = $2";
    let values = [
        organization_id.uuid().into(),
        of.id.uuid().into(),
        of.status.code().into(),
        of.failure.map(OffBoardingFailure::code).into(),
        i64::from(of.moved).into(),
        i64::from(of.unassigned).into(),
        i64::from(of.skipped).into(),
        of.finished_at.map(Timestamp::micros).into(),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Notes of locked off-boardings that there is nothing to undo of them any more.
///
/// # Errors
/// When the database fails.
pub async fn close(
    tx: &mut Tx,
    grant: &Grant<ManageUsers>,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE off_boardings SET closed_at = $3 \
               WHERE organization_id = $1 AND user_id = $2 AND closed_at IS NULL";
    let values =
        [grant.organization_id().uuid().into(), user.uuid().into(), Value::from(now.micros())];
    tx.db().execute(sql, values).await?;
    Ok(())
}

const SELECT: &str = "SELECT o.id, o.user_id, o.action, o.to_user_id, o.to_group_id, o.to_team_id, \
     o.status, o.failure, o.total, o.moved, o.unassigned, o.skipped, o.rotation_ids, o.sessions, \
     o.api_key_ids, o.decided_by_user_id, o.decided_by_session_id, o.created_at, o.finished_at \
     FROM off_boardings o";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    action: i16,
    to_user_id: Option<Uuid>,
    to_group_id: Option<Uuid>,
    to_team_id: Option<Uuid>,
    status: i16,
    failure: Option<i16>,
    total: i32,
    moved: i32,
    unassigned: i32,
    skipped: i32,
    rotation_ids: Json,
    sessions: i32,
    api_key_ids: Json,
    decided_by_user_id: Uuid,
    decided_by_session_id: Option<Uuid>,
    created_at: i64,
    finished_at: Option<i64>,
}

impl Row {
    fn deals(&self) -> Result<RotationOwner> {
        match (self.to_group_id, self.to_team_id) {
            (Some(group), None) => Ok(RotationOwner::Group(group.into())),
            (None, Some(team)) => Ok(RotationOwner::Team(team.into())),
            _ => Err(Error::corrupt("what deals leads")),
        }
    }

    fn into_domain(self) -> Result<OffBoarding> {
        let action = match (LeadsActionKind::from_code(self.action), self.to_user_id) {
            (Some(LeadsActionKind::Keep), _) => LeadsAction::Keep,
            (Some(LeadsActionKind::Transfer), Some(user)) => LeadsAction::Transfer(user.into()),
            (Some(LeadsActionKind::Distribute), _) => LeadsAction::Distribute(self.deals()?),
            (Some(LeadsActionKind::Release), _) => LeadsAction::Release,
            (Some(LeadsActionKind::GiveBack), _) => LeadsAction::GiveBack,
            _ => return Err(Error::corrupt("what becomes of leads")),
        };
        let failure = self.failure.map(OffBoardingFailure::from_code);
        if failure == Some(None) {
            return Err(Error::corrupt("why an off-boarding failed"));
        }
        Ok(OffBoarding {
            id: self.id.into(),
            user_id: self.user_id.into(),
            action,
            status: OffBoardingStatus::from_code(self.status)
                .ok_or_else(|| Error::corrupt("an off-boarding's status"))?,
            failure: failure.flatten(),
            total: number(self.total)?,
            moved: number(self.moved)?,
            unassigned: number(self.unassigned)?,
            skipped: number(self.skipped)?,
            rotation_ids: convert::ids(self.rotation_ids)?,
            sessions: number(self.sessions)?,
            api_key_ids: convert::ids(self.api_key_ids)?,
            decided_by: self.decided_by_user_id.into(),
            session_id: self.decided_by_session_id.map(Into::into),
            created_at: Timestamp::from_micros(self.created_at),
            finished_at: self.finished_at.map(Timestamp::from_micros),
        })
    }
}

fn number(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| Error::corrupt("a negative number"))
}
