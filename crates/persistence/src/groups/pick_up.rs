//! The statuses in which the members of groups may pick up leads.

use std::collections::BTreeMap;

use evenhand_domain::ids::GroupId;
use evenhand_domain::permission::lead_access::ViewerGroup;
use evenhand_domain::permission::{Grant, ManageGroups, ManageOrganization};
use evenhand_domain::user::GroupName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Read, Result, Tx};

/// Stored keys; none of them has a space in it.
pub(super) fn keys(joined: Option<&str>) -> Vec<String> {
    joined.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Makes these the statuses of a group, each named once. Who calls it has the organization's row
/// locked, so that none of them goes meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn set_pick_up_statuses(
    tx: &mut Tx,
    grant: &Grant<ManageGroups>,
    id: GroupId,
    statuses: &[String],
) -> Result<()> {
    let organization_id = grant.organization_id();
    let db = tx.db();
    let sql = "DELETE FROM group_pick_up_statuses WHERE organization_id = $1 AND group_id = $2";
    db.execute(sql, [organization_id.uuid().into(), id.uuid().into()]).await?;
    if statuses.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("status", Kind::Text),
        ("position", Kind::Int),
    ]);
    for (position, status) in (1_u32..).zip(statuses) {
        rows.push([organization_id.into(), id.into(), status.as_str().into(), position.into()]);
    }
    let sql = rows.insert(db.dialect, "group_pick_up_statuses", "");
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct GroupRow {
    id: Uuid,
    name: String,
}

/// The groups in use that let their members pick up leads in a status.
///
/// # Errors
/// When the database fails.
pub async fn letting_pick_up(
    db: &impl Read,
    grant: &Grant<ManageOrganization>,
    status: &str,
) -> Result<Vec<GroupName>> {
    let sql = "SELECT g.id, g.name FROM group_pick_up_statuses p JOIN groups g \
               ON g.organization_id = p.organization_id AND g.id = p.group_id \
               WHERE p.organization_id = $1 AND p.status = $2 AND g.archived_at IS NULL \
               ORDER BY g.id";
    let values = [grant.organization_id().uuid().into(), status.into()];
    let rows: Vec<GroupRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().map(|row| GroupName { id: row.id.into(), name: row.name }).collect())
}

#[derive(FromQueryResult)]
struct StatusRow {
    id: Uuid,
    name: String,
    status: Option<String>,
}

/// The groups in use that a user is a member of, with what they may pick up there. `key` is of the
/// organization and the user.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_user(db: &impl Read, key: [Value; 2]) -> Result<Vec<ViewerGroup>> {
    let sql = "SELECT g.id, g.name, p.status FROM rotation_members m \
               JOIN rotations r ON r.organization_id = m.organization_id AND r.id = m.rotation_id \
               JOIN groups g ON g.organization_id = r.organization_id AND g.id = r.group_id \
               LEFT JOIN group_pick_up_statuses p ON p.organization_id = g.organization_id \
               AND p.group_id = g.id \
               WHERE m.organization_id = $1 AND m.user_id = $2 AND r.archived_at IS NULL \
               ORDER BY g.id, p.position";
    let rows: Vec<StatusRow> = db.db().all(sql, key).await?;
    let mut groups: BTreeMap<GroupId, ViewerGroup> = BTreeMap::new();
    for StatusRow { id, name, status } in rows {
        let group = groups.entry(id.into()).or_insert_with(|| ViewerGroup {
            group: GroupName { id: id.into(), name },
            pick_up_statuses: Vec::new(),
        });
        group.pick_up_statuses.extend(status);
    }
    Ok(groups.into_values().collect())
}
