//! Leads that wait together with an earlier one of the same person, and go to whoever gets that.

use std::collections::HashSet;

use evenhand_domain::ids::{LeadId, OrganizationId, RotationId, UserId};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserStatus;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Read, Result};

/// The lead that another one waits with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joins {
    /// The earlier lead.
    pub lead_id: LeadId,
    /// Whether an active user has it by now.
    pub is_owned: bool,
}

#[derive(FromQueryResult)]
struct FollowingRow {
    lead_id: Uuid,
    owner_id: Uuid,
}

/// Up to `limit` leads on a rotation's waiting list that joined one which an active user has by now,
/// each with that user: directly, or by joining another such lead. In the order of the list.
///
/// # Errors
/// When the database fails.
pub async fn following(
    db: &impl Read,
    (organization_id, rotation_id): (OrganizationId, RotationId),
    limit: usize,
) -> Result<Vec<(LeadId, UserId)>> {
    let sql = format!(
        "WITH RECURSIVE f AS (\
           SELECT w.lead_id, w.position, u.id AS owner_id FROM waiting_leads w \
           JOIN leads e ON e.organization_id = w.organization_id AND e.id = w.joins \
           JOIN users u ON u.organization_id = e.organization_id AND u.id = e.owner_id \
           AND u.status = {} \
           WHERE w.organization_id = $1 AND w.rotation_id = $2 AND w.joins IS NOT NULL \
           UNION SELECT w.lead_id, w.position, f.owner_id FROM f JOIN waiting_leads w \
           ON w.organization_id = $1 AND w.rotation_id = $2 AND w.joins = f.lead_id) \
         SELECT lead_id, owner_id FROM f ORDER BY position LIMIT $3",
        UserStatus::Active.code()
    );
    let values = [
        Value::from(organization_id.uuid()),
        Value::from(rotation_id.uuid()),
        Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
    ];
    let rows: Vec<FollowingRow> = db.db().all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| (row.lead_id.into(), row.owner_id.into())).collect())
}

#[derive(FromQueryResult)]
struct RotationRow {
    rotation_id: Uuid,
}

/// Those of the rotations that [`following`] finds leads of.
///
/// # Errors
/// When the database fails.
pub async fn have_following(
    db: &impl Read,
    rotations: impl IntoIterator<Item = (OrganizationId, RotationId)>,
) -> Result<HashSet<RotationId>> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("rotation_id", Kind::Uuid)]);
    for (organization_id, rotation_id) in rotations {
        rows.push([organization_id.into(), rotation_id.into()]);
    }
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT DISTINCT w.rotation_id FROM input i \
         JOIN waiting_leads w ON w.organization_id = i.organization_id \
         AND w.rotation_id = i.rotation_id AND w.joins IS NOT NULL \
         JOIN leads e ON e.organization_id = w.organization_id AND e.id = w.joins \
         JOIN users u ON u.organization_id = e.organization_id AND u.id = e.owner_id \
         AND u.status = {}",
        rows.input(db.dialect),
        UserStatus::Active.code()
    );
    let found: Vec<RotationRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    Ok(found.into_iter().map(|row| row.rotation_id.into()).collect())
}

#[derive(FromQueryResult)]
struct OwnerRow {
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
}

/// Whose rotations these leads wait for right now, each once. Neither are locked.
///
/// # Errors
/// When the database fails.
pub async fn waited_for(
    db: &impl Read,
    organization_id: OrganizationId,
    leads: &[LeadId],
) -> Result<Vec<RotationOwner>> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("lead_id", Kind::Uuid)]);
    leads.iter().for_each(|lead| rows.push([organization_id.into(), (*lead).into()]));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT DISTINCT r.group_id, r.team_id FROM input i JOIN waiting_leads w \
         ON w.organization_id = i.organization_id AND w.lead_id = i.lead_id \
         JOIN rotations r ON r.organization_id = w.organization_id AND r.id = w.rotation_id",
        rows.input(db.dialect)
    );
    let found: Vec<OwnerRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let owner = |OwnerRow { group_id, team_id }| {
        let group = group_id.map(|id: Uuid| RotationOwner::Group(id.into()));
        group.or_else(|| team_id.map(|id: Uuid| RotationOwner::Team(id.into())))
    };
    Ok(found.into_iter().filter_map(owner).collect())
}
