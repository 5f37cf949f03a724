//! Changes of users, and of when what they may do was last changed.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, TeamId, UserId};
use evenhand_domain::permission::{Actor, Permission};
use evenhand_domain::user::{Role, User, UserStatus};
use sea_orm::{FromQueryResult, Value};

use super::visible::{ids_in, place};
use super::{OnUsers, name_key, names};
use crate::{Read, Result, Tx};
use evenhand_domain::permission::Grant;

/// Stores the names, role and partner mark of a locked user, and raises both versions.
///
/// # Errors
/// When the database fails.
pub async fn save<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    user: &User,
    now: Timestamp,
) -> Result<()> {
    update(tx, grant.organization_id(), user, now).await
}

/// As [`save`], of the user who acts.
///
/// # Errors
/// When the database fails.
pub async fn save_own(tx: &mut Tx, actor: &Actor, user: &User, now: Timestamp) -> Result<()> {
    update(tx, actor.organization.id, user, now).await
}

/// The access version as well: a cached copy of the user holds their name.
async fn update(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: &User,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE users SET first_name = $3, last_name = $4, name_key = $5, role = $6, \
               partner = $7, access_version = access_version + 1, version = version + 1, \
               updated_at = $8 WHERE organization_id = $1 AND id = $2";
    let values: [Value; 8] = [
        organization_id.uuid().into(),
        user.id.uuid().into(),
        user.first_name.clone().into(),
        user.last_name.clone().into(),
        name_key(&user.first_name, user.last_name.as_deref()).into(),
        user.role.code().into(),
        user.partner.into(),
        now.micros().into(),
    ];
    tx.db().execute(sql, values).await?;
    names::raise(tx, organization_id).await
}

/// Raises both versions of locked users, whose permissions have changed.
///
/// # Errors
/// When the database fails.
pub async fn touch<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    users: &[UserId],
    now: Timestamp,
) -> Result<()> {
    let db = tx.db();
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into(), now.micros().into()];
    let ids = ids_in(users, &mut values, db.dialect);
    let sql = format!(
        "UPDATE users SET access_version = access_version + 1, version = version + 1, \
         updated_at = $2 WHERE organization_id = $1 AND id IN ({ids})"
    );
    db.execute(&sql, values).await?;
    Ok(())
}

/// Raises the access version of everybody on these teams: whom they see has changed. Locks their
/// rows in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn raise_access_on_teams<A: OnUsers>(
    tx: &mut Tx,
    grant: &Grant<A>,
    teams: &[TeamId],
) -> Result<()> {
    let db = tx.db();
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let teams: Vec<UserId> = teams.iter().map(|team| team.uuid().into()).collect();
    let teams = ids_in(&teams, &mut values, db.dialect);
    let on_teams = format!(
        "SELECT m.user_id FROM team_members m WHERE m.organization_id = $1 AND m.team_id IN ({teams})"
    );
    if db.dialect == crate::store::Dialect::Postgres {
        let sql = format!(
            "SELECT u.id FROM users u WHERE u.organization_id = $1 AND u.id IN ({on_teams}) \
             ORDER BY u.id FOR NO KEY UPDATE"
        );
        db.execute(&sql, values.clone()).await?;
    }
    let sql = format!(
        "UPDATE users SET access_version = access_version + 1 \
         WHERE organization_id = $1 AND id IN ({on_teams})"
    );
    db.execute(&sql, values).await?;
    Ok(())
}

/// Whether somebody else is an active owner who is denied nothing that it takes to manage people.
/// To be asked under the organization's lock ([`crate::organizations::lock`]).
///
/// # Errors
/// When the database fails.
pub async fn has_another_owner(
    tx: &mut Tx,
    organization_id: OrganizationId,
    besides: Option<UserId>,
) -> Result<bool> {
    let mut values: Vec<Value> = vec![organization_id.uuid().into()];
    // Nobody has the nil id.
    let besides = place(&mut values, besides.map_or(uuid::Uuid::nil(), UserId::uuid));
    let sql = format!(
        "SELECT count(*) AS owners FROM users u WHERE u.organization_id = $1 AND u.id <> {besides} \
         AND u.role = {owner} AND u.status = {active} AND NOT EXISTS (\
           SELECT 1 FROM permission_overrides p WHERE p.organization_id = u.organization_id \
           AND p.user_id = u.id AND NOT p.granted AND p.permission IN ('{users}', '{permissions}'))",
        owner = Role::Owner.code(),
        active = UserStatus::Active.code(),
        users = Permission::UsersManage,
        permissions = Permission::PermissionsManage,
    );
    let row: Option<Owners> = tx.db().one(&sql, values).await?;
    Ok(row.is_some_and(|row| row.owners > 0))
}

#[derive(FromQueryResult)]
struct Owners {
    owners: i64,
}
