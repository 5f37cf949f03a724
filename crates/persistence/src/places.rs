//! Where somebody belongs in an organization: teams and groups.

use evenhand_domain::ids::{GroupId, OrganizationId, UserId};
use evenhand_domain::permission::{Actor, Grant, ManageUsers, Permission, UserScope, ViewUsers};
use evenhand_domain::team::{TeamName, TeamSeat};
use evenhand_domain::user::{GroupName, Places, TeamPlace};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::{Error, Read, Result};

/// A user's teams and groups, as far as the reader sees them: `None` where they see none of the
/// kind, or only the user's name. Groups that an invited person will join count.
///
/// # Errors
/// When the database fails.
pub async fn of_user(db: &impl Read, grant: &Grant<ViewUsers>, id: UserId) -> Result<Places> {
    if grant.user_id() == Some(id) {
        return of_actor(db, grant.actor()).await;
    }
    if !grant.scope().covers(id) {
        return Ok(Places::default());
    }
    let organization_id = grant.organization_id();
    let teams = match team_scope(grant.actor()) {
        Some(scope) => Some(teams(db, organization_id, id, &scope).await?),
        None => None,
    };
    let groups = match grant.actor().may(Permission::GroupsView) {
        true => Some(groups(db, organization_id, id).await?),
        false => None,
    };
    Ok(Places { teams, groups })
}

/// All teams and groups of the user who acts; nothing for an integration.
///
/// # Errors
/// When the database fails.
pub async fn of_actor(db: &impl Read, actor: &Actor) -> Result<Places> {
    let Some(id) = actor.user_id() else { return Ok(Places::default()) };
    let organization_id = actor.organization.id;
    Ok(Places {
        teams: Some(teams(db, organization_id, id, &UserScope::Everyone).await?),
        groups: Some(groups(db, organization_id, id).await?),
    })
}

/// Whether a group exists and the reader may see groups.
///
/// # Errors
/// When the database fails.
pub async fn sees_group(db: &impl Read, grant: &Grant<ViewUsers>, id: GroupId) -> Result<bool> {
    if !grant.actor().may(Permission::GroupsView) {
        return Ok(false);
    }
    let sql = "SELECT g.id, g.name FROM groups g WHERE g.organization_id = $1 AND g.id = $2 \
               AND g.archived_at IS NULL";
    let values = [Value::from(grant.organization_id().uuid()), Value::from(id.uuid())];
    let row: Option<GroupRow> = db.db().one(sql, values).await?;
    Ok(row.is_some())
}

/// The teams that a user manages.
///
/// # Errors
/// When the database fails.
pub async fn managed_by(
    db: &impl Read,
    grant: &Grant<ManageUsers>,
    id: UserId,
) -> Result<Vec<TeamName>> {
    let places = teams(db, grant.organization_id(), id, &UserScope::Everyone).await?;
    let managed = places.into_iter().filter(|place| place.seat == TeamSeat::Manager);
    Ok(managed.map(|place| place.team).collect())
}

/// Which teams the actor sees (`evenhand_domain::permission::ViewTeams`).
fn team_scope(actor: &Actor) -> Option<UserScope> {
    let user_id = actor.user_id();
    if !actor.may(Permission::TeamsView) {
        return None;
    }
    Some(match user_id {
        _ if actor.may(Permission::TeamsManage) => UserScope::Everyone,
        Some(user_id) => UserScope::Team { user_id, team: Default::default() },
        None => UserScope::Nobody,
    })
}

/// True for the teams of the scope, which the statement reads as `t`: everybody's, or those that
/// the user is on. What the condition compares with goes to the end of `values`.
fn teams_of_scope(scope: &UserScope, values: &mut Vec<Value>) -> String {
    match scope {
        UserScope::Everyone => "true".to_owned(),
        UserScope::Team { user_id, .. } => {
            values.push(user_id.uuid().into());
            format!(
                "EXISTS (SELECT 1 FROM team_members own WHERE own.organization_id = \
                 t.organization_id AND own.team_id = t.id AND own.user_id = ${})",
                values.len()
            )
        }
        UserScope::Nobody => "false".to_owned(),
    }
}

async fn teams(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
    scope: &UserScope,
) -> Result<Vec<TeamPlace>> {
    let mut values: Vec<Value> = vec![organization_id.uuid().into(), user.uuid().into()];
    let scope = teams_of_scope(scope, &mut values);
    let sql = format!(
        "SELECT t.id, t.name, m.seat FROM team_members m \
         JOIN teams t ON t.organization_id = m.organization_id AND t.id = m.team_id \
         WHERE m.organization_id = $1 AND m.user_id = $2 AND t.archived_at IS NULL AND {scope} \
         ORDER BY t.name_key, t.id"
    );
    let rows: Vec<TeamRow> = db.db().all(&sql, values).await?;
    rows.into_iter().map(TeamRow::into_domain).collect()
}

async fn groups(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<GroupName>> {
    let sql = "SELECT g.id, g.name FROM groups g WHERE g.organization_id = $1 \
               AND g.archived_at IS NULL AND (\
                 EXISTS (SELECT 1 FROM rotation_members m JOIN rotations r \
                   ON r.organization_id = m.organization_id AND r.id = m.rotation_id \
                   WHERE m.organization_id = $1 AND m.user_id = $2 AND r.group_id = g.id) \
                 OR EXISTS (SELECT 1 FROM invitation_groups i WHERE i.organization_id = $1 \
                   AND i.user_id = $2 AND i.group_id = g.id)) \
               ORDER BY g.name_key, g.id";
    let values = [Value::from(organization_id.uuid()), Value::from(user.uuid())];
    let rows: Vec<GroupRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().map(|row| GroupName { id: row.id.into(), name: row.name }).collect())
}

#[derive(FromQueryResult)]
struct TeamRow {
    id: Uuid,
    name: String,
    seat: i16,
}

impl TeamRow {
    fn into_domain(self) -> Result<TeamPlace> {
        let seat = TeamSeat::from_code(self.seat).ok_or_else(|| Error::corrupt("a team's seat"))?;
        Ok(TeamPlace { team: TeamName { id: self.id.into(), name: self.name }, seat })
    }
}

#[derive(FromQueryResult)]
struct GroupRow {
    id: Uuid,
    name: String,
}
