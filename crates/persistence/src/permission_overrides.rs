//! What is granted and denied to users besides their roles' permissions.

use std::collections::HashMap;

use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::permission::{Grant, Overrides, Permission};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::users::{OnUsers, ids_in};
use crate::{Read, Result, Tx};

/// A user's overrides.
///
/// # Errors
/// When the database fails.
pub async fn of<A: OnUsers>(db: &impl Read, grant: &Grant<A>, user: UserId) -> Result<Overrides> {
    Ok(of_each(db, grant, &[user]).await?.remove(&user).unwrap_or_default())
}

/// The overrides of several users; who has none is missing.
///
/// # Errors
/// When the database fails.
pub async fn of_each<A: OnUsers>(
    db: &impl Read,
    grant: &Grant<A>,
    users: &[UserId],
) -> Result<HashMap<UserId, Overrides>> {
    read(db, grant.organization_id(), users).await
}

async fn read(
    db: &impl Read,
    organization_id: OrganizationId,
    users: &[UserId],
) -> Result<HashMap<UserId, Overrides>> {
    let db = db.db();
    let mut values: Vec<Value> = vec![organization_id.uuid().into()];
    let ids = ids_in(users, &mut values, db.dialect);
    let sql = format!(
        "SELECT user_id, permission, granted FROM permission_overrides \
         WHERE organization_id = $1 AND user_id IN ({ids})"
    );
    let rows: Vec<Row> = db.all(&sql, values).await?;
    let mut overrides: HashMap<UserId, Overrides> = HashMap::new();
    for row in rows {
        // A name that the catalogue no longer has means nothing.
        let Some(permission) = Permission::from_text(&row.permission) else { continue };
        let of_user = overrides.entry(row.user_id.into()).or_default();
        let set = if row.granted { &mut of_user.grant } else { &mut of_user.deny };
        *set = set.with(permission);
    }
    Ok(overrides)
}

/// Makes these the overrides of locked users, and raises no version.
///
/// # Errors
/// When the database fails.
pub async fn replace<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    new: &[(UserId, Overrides)],
) -> Result<()> {
    let organization_id = grant.organization_id();
    let db = tx.db();
    let users: Vec<UserId> = new.iter().map(|(user, _)| *user).collect();
    let mut values: Vec<Value> = vec![organization_id.uuid().into()];
    let ids = ids_in(&users, &mut values, db.dialect);
    let sql = format!(
        "DELETE FROM permission_overrides WHERE organization_id = $1 AND user_id IN ({ids})"
    );
    db.execute(&sql, values).await?;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("permission", Kind::Text),
        ("granted", Kind::Flag),
    ]);
    for (user, overrides) in new {
        for (set, granted) in [(overrides.grant, true), (overrides.deny, false)] {
            for permission in set.iter() {
                rows.push([
                    organization_id.into(),
                    (*user).into(),
                    permission.as_str().into(),
                    granted.into(),
                ]);
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    db.insert(rows, "permission_overrides", "").await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    user_id: Uuid,
    permission: String,
    granted: bool,
}
