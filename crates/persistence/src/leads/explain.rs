//! What `evenhand_domain::permission::lead_access::explain` goes by.

use std::collections::BTreeMap;

use evenhand_domain::ids::{LeadId, TeamId, UserId};
use evenhand_domain::permission::lead_access::{ViewerFacts, ViewerTeam};
use evenhand_domain::permission::{ExplainLeadAccess, Grant, LeadFacts, LeadTie, role_permissions};
use evenhand_domain::team::{TeamName, TeamSeat};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::access::{overridden, overrides};
use crate::{Error, Read, Result, convert, groups};

use super::scope::visible;
use super::ties;

/// Who is tied to a lead that the grant's scope covers; `None` when it does not exist or is not
/// visible.
///
/// # Errors
/// When the database fails.
pub async fn facts(
    db: &impl Read,
    grant: &Grant<ExplainLeadAccess>,
    id: LeadId,
) -> Result<Option<LeadFacts>> {
    let mut values = vec![grant.organization_id().uuid().into(), id.uuid().into()];
    let visible = visible(&grant.scope().leads, "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT l.created_by_api_key_id, l.status, l.group_id, l.team_id, x.user_id, x.kind \
         FROM leads l \
         LEFT JOIN lead_access x ON x.organization_id = l.organization_id AND x.lead_id = l.id \
         AND x.user_id IN ({users}) \
         WHERE l.organization_id = $1 AND l.id = $2 AND {visible} ORDER BY x.user_id",
        users = ties::users_of("$1", "$2"),
    );
    let rows: Vec<TieRow> = db.db().all(&sql, values).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let made_by = first.created_by_api_key_id.map(Into::into);
    let ties = rows.iter().filter_map(|row| row.user_id.zip(row.kind)).map(|(user, kind)| {
        let tie = LeadTie::from_code(kind).ok_or_else(|| Error::corrupt("a tie to a lead"))?;
        Ok((user.into(), tie))
    });
    Ok(Some(LeadFacts {
        ties: ties.collect::<Result<_>>()?,
        made_by,
        status: first.status.clone(),
        group_id: first.group_id.map(Into::into),
        team_id: first.team_id.map(Into::into),
    }))
}

#[derive(FromQueryResult)]
struct TieRow {
    created_by_api_key_id: Option<Uuid>,
    status: String,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    user_id: Option<Uuid>,
    kind: Option<i16>,
}

/// What decides which leads a user sees; `None` when the grant's scope does not cover them, or the
/// organization does not know them.
///
/// # Errors
/// When the database fails.
pub async fn viewer(
    db: &impl Read,
    grant: &Grant<ExplainLeadAccess>,
    id: UserId,
) -> Result<Option<ViewerFacts>> {
    if !grant.scope().users.covers(id) {
        return Ok(None);
    }
    let key: [Value; 2] = [grant.organization_id().uuid().into(), id.uuid().into()];
    let overrides = overrides(db.db().dialect);
    let sql = format!(
        "SELECT u.id, u.first_name, u.last_name, u.partner, u.role, u.status, \
         ({overrides}) AS overrides FROM users u WHERE u.organization_id = $1 AND u.id = $2"
    );
    let row: Option<ViewerRow> = db.db().one(&sql, key.clone()).await?;
    let Some(row) = row else { return Ok(None) };
    let sql = format!(
        "SELECT t.id AS team_id, t.name AS team_name, m.seat, \
         u.id, u.first_name, u.last_name, u.partner \
         FROM team_members m \
         JOIN teams t ON t.organization_id = m.organization_id AND t.id = m.team_id \
         LEFT JOIN team_members o ON o.organization_id = m.organization_id \
           AND o.team_id = m.team_id AND (o.seat = {user} OR t.include_managers) \
         LEFT JOIN users u ON u.organization_id = o.organization_id AND u.id = o.user_id \
         WHERE m.organization_id = $1 AND m.user_id = $2 AND t.archived_at IS NULL \
         ORDER BY t.id, u.id",
        user = TeamSeat::User.code(),
    );
    let teams: Vec<TeamRow> = db.db().all(&sql, key.clone()).await?;
    let groups = groups::of_user(db, key).await?;
    let role = convert::role(row.role)?;
    Ok(Some(ViewerFacts {
        user: UserName {
            id: row.id.into(),
            first_name: row.first_name,
            last_name: row.last_name,
            partner: row.partner,
        },
        status: convert::user_status(row.status)?,
        role,
        permissions: overridden(role_permissions(role), &row.overrides.unwrap_or_default()),
        teams: by_team(teams)?,
        groups,
    }))
}

#[derive(FromQueryResult)]
struct ViewerRow {
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    role: i16,
    status: i16,
    overrides: Option<String>,
}

#[derive(FromQueryResult)]
struct TeamRow {
    team_id: Uuid,
    team_name: String,
    seat: i16,
    id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    partner: Option<bool>,
}

fn by_team(rows: Vec<TeamRow>) -> Result<Vec<ViewerTeam>> {
    let mut teams: BTreeMap<TeamId, ViewerTeam> = BTreeMap::new();
    for row in rows {
        let TeamRow { team_id, team_name, seat, id, first_name, last_name, partner } = row;
        let seat = TeamSeat::from_code(seat).ok_or_else(|| Error::corrupt("a seat on a team"))?;
        let team = teams.entry(team_id.into()).or_insert_with(|| ViewerTeam {
            team: TeamName { id: team_id.into(), name: team_name },
            seat,
            users: Vec::new(),
        });
        if let (Some(id), Some(first_name), Some(partner)) = (id, first_name, partner) {
            team.users.push(UserName { id: id.into(), first_name, last_name, partner });
        }
    }
    Ok(teams.into_values().collect())
}
