//! When the members of rotations work.

use std::collections::HashMap;

use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::ids::{OrganizationId, RotationId, UserId};
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use uuid::Uuid;

use super::schedule;
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, holidays};

/// A line of an organization, which has its zone and its holidays, or of a member who has set
/// something.
#[derive(FromQueryResult)]
struct Row {
    organization_id: Uuid,
    user_id: Option<Uuid>,
    zone: Option<String>,
    content: Option<Json>,
}

/// When the members of these rotations work, by organization: all of it in one statement. Under the
/// locks of the rotations nobody changes it.
///
/// # Errors
/// When the database fails.
pub async fn of_members(
    db: &impl Read,
    rotations: &[(OrganizationId, RotationId)],
) -> Result<HashMap<OrganizationId, WorkingTimes>> {
    if rotations.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("rotation_id", Kind::Uuid)]);
    for (organization_id, rotation_id) in rotations {
        rows.push([(*organization_id).into(), (*rotation_id).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT o.id AS organization_id, {nobody} AS user_id, o.zone, h.holidays AS content \
         FROM organizations o LEFT JOIN organization_holidays h ON h.organization_id = o.id \
         WHERE o.id IN (SELECT i.organization_id FROM input i) \
         UNION ALL SELECT m.organization_id, m.user_id, {nowhere}, s.schedule \
         FROM input i JOIN rotation_members m ON m.organization_id = i.organization_id \
         AND m.rotation_id = i.rotation_id \
         JOIN user_schedules s ON s.organization_id = m.organization_id \
         AND s.user_id = m.user_id AND s.schedule IS NOT NULL",
        rows.input(db.dialect),
        nobody = db.dialect.pick("NULL::uuid", "NULL"),
        nowhere = db.dialect.pick("NULL::text", "NULL"),
    );
    let found: Vec<Row> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let (members, organizations): (Vec<Row>, Vec<Row>) =
        found.into_iter().partition(|row| row.user_id.is_some());
    let mut times = HashMap::new();
    for row in organizations {
        let zone = row.zone.unwrap_or_default();
        let zone = zone.parse().map_err(|_| Error::corrupt(format!("time zone {zone}")))?;
        let of = WorkingTimes::new(zone, holidays::stored(row.content)?);
        times.insert(OrganizationId::from(row.organization_id), of);
    }
    for row in members {
        let times = times.get_mut(&OrganizationId::from(row.organization_id));
        if let (Some(times), Some(user), Some(content)) = (times, row.user_id, row.content) {
            times.set(user.into(), schedule(content)?);
        }
    }
    Ok(times)
}

#[derive(FromQueryResult)]
struct UserRow {
    user_id: Uuid,
    content: Json,
}

/// Adds when these users work, members of a rotation or not.
///
/// # Errors
/// When the database fails.
pub async fn add_users(
    db: &impl Read,
    times: &mut WorkingTimes,
    organization_id: OrganizationId,
    users: &[UserId],
) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("user_id", Kind::Uuid)]);
    users.iter().for_each(|user| rows.push([organization_id.into(), (*user).into()]));
    let db = db.db();
    let sql = format!(
        "{} SELECT s.user_id, s.schedule AS content FROM input i JOIN user_schedules s \
         ON s.organization_id = i.organization_id AND s.user_id = i.user_id \
         WHERE s.schedule IS NOT NULL",
        rows.input(db.dialect),
    );
    let found: Vec<UserRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    for row in found {
        times.set(row.user_id.into(), schedule(row.content)?);
    }
    Ok(())
}
