//! When users work and when they are away. The rotations' side of it is in each of them.

mod members;

use evenhand_domain::availability::{Holidays, Schedule, ScheduleInput};
use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::permission::{Actor, Grant, UserScope, ViewUsers};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;

use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx, convert, holidays, users};

pub use members::{add_users, of_members};

/// What is set for a user, and the holidays of their organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAvailability {
    /// When they work and when they are away; `None` = nothing is set.
    pub schedule: Option<Schedule>,
    /// Raised by every change of the schedule; 0 = nothing was ever set.
    pub version: i64,
    /// The organization's.
    pub holidays: Holidays,
}

impl UserAvailability {
    /// The schedule that holds: at any time in the organization's zone for who has none.
    #[must_use]
    pub fn schedule_in(&self, organization: &Zone) -> Schedule {
        let any_time = || Schedule::any_time(organization.clone());
        self.schedule.clone().unwrap_or_else(any_time)
    }
}

/// What is set for a user; `None` for one outside the grant's scope.
///
/// # Errors
/// When the database fails.
pub async fn get(
    db: &impl Read,
    grant: &Grant<ViewUsers>,
    user: UserId,
) -> Result<Option<UserAvailability>> {
    one(db, grant.organization_id(), user, grant.scope()).await
}

/// What is set for the user who acts; `None` for an integration.
///
/// # Errors
/// When the database fails.
pub async fn own(db: &impl Read, actor: &Actor) -> Result<Option<UserAvailability>> {
    match actor.user_id() {
        Some(user) => one(db, actor.organization.id, user, &UserScope::Everyone).await,
        None => Ok(None),
    }
}

/// What is set for a user whom the transaction has locked.
///
/// # Errors
/// When the database fails.
pub async fn of_locked(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<UserAvailability> {
    let found = one(tx, organization_id, user, &UserScope::Everyone).await?;
    found.ok_or_else(|| Error::corrupt("a locked user that is gone"))
}

async fn one(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
    scope: &UserScope,
) -> Result<Option<UserAvailability>> {
    let db = db.db();
    let mut values: Vec<Value> = vec![organization_id.uuid().into(), user.uuid().into()];
    let visible = users::visible(scope, &mut values, db.dialect);
    let sql = format!(
        "SELECT s.schedule, s.version, h.holidays FROM users u \
         LEFT JOIN user_schedules s ON s.organization_id = u.organization_id AND s.user_id = u.id \
         LEFT JOIN organization_holidays h ON h.organization_id = u.organization_id \
         WHERE u.organization_id = $1 AND u.id = $2 AND {visible}"
    );
    let row: Option<Row> = db.one(&sql, values).await?;
    row.map(Row::into_domain).transpose()
}

/// Stores what is set for a user whom the transaction has locked; `version` is the new one.
///
/// # Errors
/// When the database fails.
pub async fn save(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
    (schedule, version): (Option<&Schedule>, i64),
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("schedule", Kind::Json),
        ("version", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    let schedule = match schedule {
        Some(schedule) => Cell::Json(convert::json(&schedule.render())?.to_string()),
        None => Cell::Null,
    };
    rows.push([organization_id.into(), user.into(), schedule, version.into(), now.micros().into()]);
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, user_id) DO UPDATE SET \
                schedule = excluded.schedule, version = excluded.version, \
                updated_at = excluded.updated_at";
    db.insert(rows, "user_schedules", then).await?;
    Ok(())
}

/// A stored schedule.
pub(crate) fn schedule(json: Json) -> Result<Schedule> {
    let input: ScheduleInput = convert::from_json(json)?;
    let mut faults = Faults::default();
    Schedule::parse(&input, &mut faults).ok_or_else(|| Error::corrupt(format!("{faults}")))
}

#[derive(FromQueryResult)]
struct Row {
    schedule: Option<Json>,
    version: Option<i64>,
    holidays: Option<Json>,
}

impl Row {
    fn into_domain(self) -> Result<UserAvailability> {
        Ok(UserAvailability {
            schedule: self.schedule.map(schedule).transpose()?,
            version: self.version.unwrap_or(0),
            holidays: holidays::stored(self.holidays)?,
        })
    }
}
