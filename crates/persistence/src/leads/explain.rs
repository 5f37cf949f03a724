//! What `evenhand_domain::permission::lead_access::explain` goes by.

use std::collections::{BTreeMap, HashMap};

use evenhand_domain::ids::{LeadId, OrganizationId, TeamId, UserId};
use evenhand_domain::permission::lead_access::{ViewerFacts, ViewerTeam};
use evenhand_domain::permission::{
    EditLeads, ExplainLeadAccess, Grant, LeadFacts, LeadScope, LeadTie, role_permissions,
};
use evenhand_domain::team::{TeamName, TeamSeat};
use evenhand_domain::user::UserName;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::access::{overridden, overrides};
use crate::ownership::HeldLead;
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx, convert, groups};

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
    facts_within(db, grant.organization_id(), &grant.scope().leads, id).await
}

/// The same of a lead that the transaction has locked, whoever sees it.
///
/// # Errors
/// When the database fails.
pub async fn facts_of_held(
    tx: &Tx,
    grant: &Grant<EditLeads>,
    lead: &HeldLead,
) -> Result<Option<LeadFacts>> {
    facts_within(tx, grant.organization_id(), &LeadScope::Everything, lead.id).await
}

async fn facts_within(
    db: &impl Read,
    organization_id: OrganizationId,
    scope: &LeadScope,
    id: LeadId,
) -> Result<Option<LeadFacts>> {
    let mut values = vec![organization_id.uuid().into(), id.uuid().into()];
    let visible = visible(scope, "l", &mut values, db.db().dialect);
    let sql = format!(
        "SELECT l.created_by_api_key_id, l.status, l.group_id, l.team_id, \
         l.archived_at IS NOT NULL AS archived, EXISTS (\
           SELECT 1 FROM waiting_leads w WHERE w.organization_id = l.organization_id \
           AND w.lead_id = l.id) AS waits, x.user_id, x.kind \
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
        waits: first.waits,
        archived: first.archived,
    }))
}

#[derive(FromQueryResult)]
struct TieRow {
    created_by_api_key_id: Option<Uuid>,
    status: String,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    archived: bool,
    waits: bool,
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
    let mut found = viewers_of(db, grant.organization_id(), &[id]).await?;
    Ok(found.pop())
}

/// What decides which leads each of these users sees, for who may name them on a lead that they
/// work on; users whom the organization does not know are missing.
///
/// # Errors
/// When the database fails.
pub async fn viewers(
    tx: &Tx,
    grant: &Grant<EditLeads>,
    ids: &[UserId],
) -> Result<Vec<ViewerFacts>> {
    viewers_of(tx, grant.organization_id(), ids).await
}

async fn viewers_of(
    db: &impl Read,
    organization_id: OrganizationId,
    ids: &[UserId],
) -> Result<Vec<ViewerFacts>> {
    let input = || {
        let mut rows = Rows::new([("organization_id", Kind::Uuid), ("user_id", Kind::Uuid)]);
        ids.iter().for_each(|id| rows.push([organization_id.into(), (*id).into()]));
        rows
    };
    let dialect = db.db().dialect;
    let overrides = overrides(dialect);
    let rows = input();
    let sql = format!(
        "{} SELECT u.id, u.first_name, u.last_name, u.partner, u.role, u.status, \
         ({overrides}) AS overrides FROM input i JOIN users u \
         ON u.organization_id = i.organization_id AND u.id = i.user_id",
        rows.input(dialect)
    );
    let users: Vec<ViewerRow> = db.db().all(&sql, rows.into_values(dialect)).await?;
    let rows = input();
    let sql = format!(
        "{} SELECT m.user_id AS of_id, t.id AS team_id, t.name AS team_name, m.seat, \
         u.id, u.first_name, u.last_name, u.partner \
         FROM input i JOIN team_members m \
         ON m.organization_id = i.organization_id AND m.user_id = i.user_id \
         JOIN teams t ON t.organization_id = m.organization_id AND t.id = m.team_id \
         LEFT JOIN team_members o ON o.organization_id = m.organization_id \
           AND o.team_id = m.team_id AND (o.seat = {user} OR t.include_managers) \
         LEFT JOIN users u ON u.organization_id = o.organization_id AND u.id = o.user_id \
         WHERE t.archived_at IS NULL ORDER BY t.id, u.id",
        rows.input(dialect),
        user = TeamSeat::User.code(),
    );
    let teams: Vec<TeamRow> = db.db().all(&sql, rows.into_values(dialect)).await?;
    let mut teams = by_team(teams)?;
    let mut groups = groups::of_users(db, organization_id, ids).await?;
    let viewer = |row: ViewerRow| {
        let (id, role) = (UserId::from(row.id), convert::role(row.role)?);
        Ok(ViewerFacts {
            user: UserName {
                id,
                first_name: row.first_name,
                last_name: row.last_name,
                partner: row.partner,
            },
            status: convert::user_status(row.status)?,
            role,
            permissions: overridden(role_permissions(role), &row.overrides.unwrap_or_default()),
            teams: teams.remove(&id).map_or_else(Vec::new, |teams| teams.into_values().collect()),
            groups: groups.remove(&id).unwrap_or_default(),
        })
    };
    users.into_iter().map(viewer).collect()
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
    of_id: Uuid,
    team_id: Uuid,
    team_name: String,
    seat: i16,
    id: Option<Uuid>,
    first_name: Option<String>,
    last_name: Option<String>,
    partner: Option<bool>,
}

/// The teams of each user.
fn by_team(rows: Vec<TeamRow>) -> Result<HashMap<UserId, BTreeMap<TeamId, ViewerTeam>>> {
    let mut of_users: HashMap<UserId, BTreeMap<TeamId, ViewerTeam>> = HashMap::new();
    for row in rows {
        let TeamRow { of_id, team_id, team_name, seat, id, first_name, last_name, partner } = row;
        let seat = TeamSeat::from_code(seat).ok_or_else(|| Error::corrupt("a seat on a team"))?;
        let teams = of_users.entry(of_id.into()).or_default();
        let team = teams.entry(team_id.into()).or_insert_with(|| ViewerTeam {
            team: TeamName { id: team_id.into(), name: team_name },
            seat,
            users: Vec::new(),
        });
        if let (Some(id), Some(first_name), Some(partner)) = (id, first_name, partner) {
            team.users.push(UserName { id: id.into(), first_name, last_name, partner });
        }
    }
    Ok(of_users)
}
