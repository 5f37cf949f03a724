//! Where leads rest.

use std::collections::HashMap;

use evenhand_domain::ids::{GroupId, LeadId, OrganizationId, RotationId, TeamId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::HeldLead;
use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// Where a lead came to rest: the group or team whose rotation it was given to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The group.
    pub group_id: Option<GroupId>,
    /// The team.
    pub team_id: Option<TeamId>,
    /// The rotation.
    pub rotation_id: Option<RotationId>,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    rotation_id: Option<Uuid>,
}

/// Where locked leads rest.
///
/// # Errors
/// When the database fails.
pub async fn places(
    tx: &Tx,
    held: &[HeldLead],
    organization_id: OrganizationId,
) -> Result<HashMap<LeadId, Place>> {
    if held.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    held.iter().for_each(|lead| rows.push([organization_id.into(), lead.id.into()]));
    let db = tx.db();
    let sql = format!(
        "{} SELECT l.id, l.group_id, l.team_id, l.rotation_id FROM input i JOIN leads l \
         ON l.organization_id = i.organization_id AND l.id = i.id",
        rows.input(db.dialect),
    );
    let found: Vec<PlaceRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let place = |row: PlaceRow| {
        let place = Place {
            group_id: row.group_id.map(Into::into),
            team_id: row.team_id.map(Into::into),
            rotation_id: row.rotation_id.map(Into::into),
        };
        (row.id.into(), place)
    };
    Ok(found.into_iter().map(place).collect())
}
