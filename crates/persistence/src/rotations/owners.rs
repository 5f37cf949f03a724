//! The groups and teams that rotations are of.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::rotation_owner::RotationOwner;

use crate::rows::{Kind, Rows};
use crate::{Read as _, Result, Tx};

/// Raises the versions of groups and teams whose members have changed, under the locks of their
/// rotations.
///
/// # Errors
/// When the database fails.
pub async fn raise_owners(
    tx: &mut Tx,
    organization_id: OrganizationId,
    owners: &[RotationOwner],
    now: Timestamp,
) -> Result<()> {
    let are_groups = |owner: &&RotationOwner| owner.group_id().is_some();
    let (groups, teams): (Vec<&RotationOwner>, Vec<&RotationOwner>) =
        owners.iter().partition(are_groups);
    for (table, owners) in [("groups", groups), ("teams", teams)] {
        if owners.is_empty() {
            continue;
        }
        let mut rows = Rows::new([
            ("organization_id", Kind::Uuid),
            ("id", Kind::Uuid),
            ("updated_at", Kind::Int),
        ]);
        for owner in owners {
            rows.push([organization_id.into(), owner.uuid().into(), now.micros().into()]);
        }
        let db = tx.db();
        let sql = format!(
            "{} UPDATE {table} SET version = {table}.version + 1, updated_at = i.updated_at \
             FROM input i WHERE {table}.organization_id = i.organization_id AND {table}.id = i.id",
            rows.input(db.dialect),
        );
        db.execute(&sql, rows.into_values(db.dialect)).await?;
    }
    Ok(())
}
