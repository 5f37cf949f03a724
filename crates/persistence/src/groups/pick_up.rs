//! The statuses in which the members of groups may pick up leads.

use std::collections::HashMap;

use evenhand_domain::ids::{GroupId, OrganizationId, UserId};
use evenhand_domain::permission::lead_access::ViewerGroup;
use evenhand_domain::permission::{Grant, ManageGroups, ManageOrganization};
use evenhand_domain::user::GroupName;
use sea_orm::FromQueryResult;
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
    db.insert(rows, "group_pick_up_statuses", "").await?;
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
    user_id: Uuid,
    id: Uuid,
    name: String,
    status: Option<String>,
}

/// The groups in use that each of these users is a member of, with what they may pick up there.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_users(
    db: &impl Read,
    organization_id: OrganizationId,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<ViewerGroup>>> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("user_id", Kind::Uuid)]);
    users.iter().for_each(|id| rows.push([organization_id.into(), (*id).into()]));
    let db = db.db();
    let sql = format!(
        "{} SELECT m.user_id, g.id, g.name, p.status FROM input i JOIN rotation_members m \
         ON m.organization_id = i.organization_id AND m.user_id = i.user_id \
         JOIN rotations r ON r.organization_id = m.organization_id AND r.id = m.rotation_id \
         JOIN groups g ON g.organization_id = r.organization_id AND g.id = r.group_id \
         LEFT JOIN group_pick_up_statuses p ON p.organization_id = g.organization_id \
         AND p.group_id = g.id \
         WHERE r.archived_at IS NULL ORDER BY g.id, p.position",
        rows.input(db.dialect)
    );
    let rows: Vec<StatusRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let mut of_users: HashMap<UserId, Vec<ViewerGroup>> = HashMap::new();
    for StatusRow { user_id, id, name, status } in rows {
        let groups = of_users.entry(user_id.into()).or_default();
        let group = GroupName { id: id.into(), name };
        match groups.iter_mut().find(|known| known.group.id == group.id) {
            Some(known) => known.pick_up_statuses.extend(status),
            None => {
                let pick_up_statuses = status.into_iter().collect();
                groups.push(ViewerGroup { group, pick_up_statuses });
            }
        }
    }
    Ok(of_users)
}
