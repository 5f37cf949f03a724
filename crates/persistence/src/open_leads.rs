//! How many open leads people have.

use std::collections::HashMap;

use evenhand_domain::ids::{OrganizationId, UserId};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result};

#[derive(FromQueryResult)]
struct CountRow {
    organization_id: Uuid,
    user_id: Uuid,
    open: i64,
}

/// How many leads in an open status each user owns, those that were put away excepted; `statuses` are the keys of each organization's
/// open statuses. Who owns none is missing. One look-up by index for each user and status.
///
/// # Errors
/// When the database fails.
pub async fn count(
    db: &impl Read,
    users: &[(OrganizationId, UserId)],
    statuses: &HashMap<OrganizationId, Vec<String>>,
) -> Result<HashMap<(OrganizationId, UserId), u32>> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("status", Kind::Text),
    ]);
    for (organization_id, user) in users {
        for status in statuses.get(organization_id).into_iter().flatten() {
            rows.push([(*organization_id).into(), (*user).into(), status.as_str().into()]);
        }
    }
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT l.organization_id, l.owner_id AS user_id, count(*) AS open \
         FROM input i JOIN leads l ON l.organization_id = i.organization_id \
         AND l.owner_id = i.user_id AND l.status = i.status AND l.archived_at IS NULL \
         GROUP BY l.organization_id, l.owner_id",
        rows.input(db.dialect),
    );
    let counted: Vec<CountRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    (counted.into_iter())
        .map(|row| {
            let open = u32::try_from(row.open).map_err(|_| Error::corrupt("a count of leads"))?;
            Ok(((row.organization_id.into(), row.user_id.into()), open))
        })
        .collect()
}
