//! Rotations as they are right now, without a lock.

use evenhand_domain::ids::{OrganizationId, RotationId};

use super::Rotation;
use super::read::{COLUMNS, RotationRow, with_members};
use crate::rows::{Kind, Rows};
use crate::{Read, Result};

/// These rotations, archived ones left out, in no order. Members may be a moment younger than the
/// rest.
///
/// # Errors
/// When the database fails.
pub async fn snapshot(
    db: &impl Read,
    organization_id: OrganizationId,
    ids: &[RotationId],
) -> Result<Vec<Rotation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    ids.iter().for_each(|id| rows.push([organization_id.into(), (*id).into()]));
    let read = db.db();
    let sql = format!(
        "{} SELECT {COLUMNS} FROM rotations r JOIN input i \
         ON r.organization_id = i.organization_id AND r.id = i.id WHERE r.archived_at IS NULL",
        rows.input(read.dialect),
    );
    let found: Vec<RotationRow> = read.all(&sql, rows.into_values(read.dialect)).await?;
    with_members(db, found, None).await
}
