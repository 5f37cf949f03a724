//! The groups and teams that rotations are of.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::rotation_owner::RotationOwner;
use sea_orm::{FromQueryResult, Value};

use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

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

#[derive(FromQueryResult)]
struct VersionRow {
    version: i64,
}

/// The version of a group or team; `None` when it does not exist or is archived.
///
/// # Errors
/// When the database fails.
pub async fn owner_version(
    db: &impl Read,
    organization_id: OrganizationId,
    owner: RotationOwner,
) -> Result<Option<i64>> {
    let table = match owner {
        RotationOwner::Group(_) => "groups",
        RotationOwner::Team(_) => "teams",
    };
    let sql = format!(
        "SELECT version FROM {table} WHERE organization_id = $1 AND id = $2 \
         AND archived_at IS NULL"
    );
    let values = [organization_id.uuid().into(), Value::from(owner.uuid())];
    let row: Option<VersionRow> = db.db().one(&sql, values).await?;
    Ok(row.map(|row| row.version))
}
