//! The teams and groups that somebody is invited to. They are on the teams at once; the groups
//! wait for them, because nobody is dealt leads before they accept.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{GroupId, OrganizationId, RotationId, TeamId, UserId};
use evenhand_domain::permission::{Grant, InviteUsers, ManageGroups};
use evenhand_domain::team::TeamSeat;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rows::{Kind, Rows};
use crate::users::ids_in;
use crate::{Error, Read, Result, Tx};

/// Those of the teams that exist, which nobody else changes until the transaction ends, with the
/// number of their users.
///
/// # Errors
/// When the database fails.
pub async fn lock_teams(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    teams: &[TeamId],
) -> Result<HashMap<TeamId, usize>> {
    let db = tx.db();
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into()];
    let ids: Vec<UserId> = teams.iter().map(|team| team.uuid().into()).collect();
    let ids = ids_in(&ids, &mut values, db.dialect);
    let sql = format!(
        "SELECT t.id, (SELECT count(*) FROM team_members m \
           WHERE m.organization_id = t.organization_id AND m.team_id = t.id AND m.seat = {}) \
           AS user_count FROM teams t WHERE t.organization_id = $1 AND t.id IN ({ids}) \
         AND t.archived_at IS NULL ORDER BY t.id {}",
        TeamSeat::User.code(),
        db.dialect.pick("FOR NO KEY UPDATE OF t", ""),
    );
    let rows: Vec<TeamRow> = db.all(&sql, values).await?;
    let count = |row: TeamRow| {
        let users = usize::try_from(row.user_count).map_err(|_| Error::corrupt("a count"))?;
        Ok((row.id.into(), users))
    };
    rows.into_iter().map(count).collect()
}

/// Puts a new user on locked teams and raises the teams' versions.
///
/// # Errors
/// When the database fails.
pub async fn add_to_teams(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    user: UserId,
    teams: &[TeamId],
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("seat", Kind::Int),
    ]);
    for team in teams {
        rows.push([
            grant.organization_id().into(),
            (*team).into(),
            user.into(),
            TeamSeat::User.code().into(),
        ]);
    }
    let db = tx.db();
    db.insert(rows, "team_members", "").await?;
    let mut values: Vec<Value> = vec![grant.organization_id().uuid().into(), now.micros().into()];
    let ids: Vec<UserId> = teams.iter().map(|team| team.uuid().into()).collect();
    let ids = ids_in(&ids, &mut values, db.dialect);
    let sql = format!(
        "UPDATE teams SET version = version + 1, updated_at = $2 \
         WHERE organization_id = $1 AND id IN ({ids})"
    );
    db.execute(&sql, values).await?;
    Ok(())
}

/// Notes the groups that a new user will join.
///
/// # Errors
/// When the database fails.
pub async fn wait_for_groups(
    tx: &mut Tx,
    grant: &Grant<InviteUsers>,
    user: UserId,
    groups: &[GroupId],
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("group_id", Kind::Uuid),
    ]);
    for group in groups {
        rows.push([grant.organization_id().into(), user.into(), (*group).into()]);
    }
    let db = tx.db();
    db.insert(rows, "invitation_groups", "").await?;
    Ok(())
}

/// The rotations of the groups that wait for a user whose invitation somebody holds.
///
/// # Errors
/// When the database fails.
pub async fn waiting_rotations(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<RotationId>> {
    let sql = "SELECT r.id FROM invitation_groups i JOIN rotations r \
               ON r.organization_id = i.organization_id AND r.group_id = i.group_id \
               WHERE i.organization_id = $1 AND i.user_id = $2 ORDER BY r.id";
    let values = [organization_id.uuid().into(), user.uuid().into()];
    let rows: Vec<IdRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// No group waits for the user any more.
///
/// # Errors
/// When the database fails.
pub async fn stop_waiting(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<()> {
    let sql = "DELETE FROM invitation_groups WHERE organization_id = $1 AND user_id = $2";
    tx.db().execute(sql, [organization_id.uuid().into(), user.uuid().into()]).await?;
    Ok(())
}

/// Takes a group out of the invitations of those who would join it.
///
/// # Errors
/// When the database fails.
pub async fn forget_group(tx: &mut Tx, grant: &Grant<ManageGroups>, group: GroupId) -> Result<()> {
    let sql = "DELETE FROM invitation_groups WHERE organization_id = $1 AND group_id = $2";
    tx.db().execute(sql, [grant.organization_id().uuid().into(), group.uuid().into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct TeamRow {
    id: Uuid,
    user_count: i64,
}

#[derive(FromQueryResult)]
struct IdRow {
    id: Uuid,
}
