//! Teams and who is on them.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, TeamId, UserId};
use evenhand_domain::page::{Page, PageRequest};
use evenhand_domain::permission::{
    Action, ChangeTeamMembers, Grant, ManageTeams, Permission, TeamMemberScope, UserScope,
    ViewTeams,
};
use evenhand_domain::team::{Candidate, Seats, Team, TeamMember, TeamSeat};
use evenhand_domain::user::UserName;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::rotations::{PLACE, PlaceRow, SETTINGS_OR_DEFAULTS, SettingsRow};
use crate::rows::{Kind, Rows};
use crate::{Error, Read, Result, Tx, convert};

/// What allows to look at teams: seeing them, managing them, or changing who is on them.
pub trait OnTeams: Action {
    /// Whose teams: `Everyone`'s, or those that the user of the scope is on.
    fn users(scope: &Self::Scope) -> &UserScope;
}

impl OnTeams for ViewTeams {
    fn users(scope: &UserScope) -> &UserScope {
        scope
    }
}

impl OnTeams for ManageTeams {
    fn users((): &()) -> &UserScope {
        &UserScope::Everyone
    }
}

impl OnTeams for ChangeTeamMembers {
    fn users(scope: &TeamMemberScope) -> &UserScope {
        &scope.teams
    }
}

/// What allows to change something about teams.
pub trait ChangesTeams: OnTeams {}
impl ChangesTeams for ManageTeams {}
impl ChangesTeams for ChangeTeamMembers {}

#[derive(FromQueryResult)]
struct TeamRow {
    id: Uuid,
    name: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    manager_count: i64,
    user_count: i64,
    include_managers: bool,
    #[sea_orm(nested)]
    settings: SettingsRow,
}

fn select() -> String {
    let count = |seat: TeamSeat| {
        format!(
            "(SELECT count(*) FROM team_members m WHERE m.organization_id = t.organization_id \
             AND m.team_id = t.id AND m.seat = {})",
            seat.code()
        )
    };
    format!(
        "SELECT t.id, t.name, t.version, t.created_at, t.updated_at, t.include_managers, \
         {managers} AS manager_count, {users} AS user_count, {SETTINGS_OR_DEFAULTS} FROM teams t \
         LEFT JOIN rotations r ON r.organization_id = t.organization_id AND r.team_id = t.id",
        managers = count(TeamSeat::Manager),
        users = count(TeamSeat::User),
    )
}

/// True for the teams of the scope, which the statement reads as `t`.
pub(crate) fn visible(scope: &UserScope, values: &mut Vec<Value>) -> String {
    match scope {
        UserScope::Everyone => "true".to_owned(),
        UserScope::Team { user_id, .. } => {
            values.push(user_id.uuid().into());
            format!(
                "EXISTS (SELECT 1 FROM team_members x WHERE x.organization_id = t.organization_id \
                 AND x.team_id = t.id AND x.user_id = ${})",
                values.len()
            )
        }
        UserScope::Nobody => "false".to_owned(),
    }
}

/// A team that the grant's scope covers; `None` when it does not exist, is archived, or is not
/// visible.
///
/// # Errors
/// When the database fails.
pub async fn get<A: OnTeams>(db: &impl Read, grant: &Grant<A>, id: TeamId) -> Result<Option<Team>> {
    let mut values = vec![grant.organization_id().uuid().into(), id.uuid().into()];
    let visible = visible(A::users(grant.scope()), &mut values);
    let sql = format!(
        "{} WHERE t.organization_id = $1 AND t.id = $2 AND t.archived_at IS NULL AND {visible}",
        select()
    );
    let row: Option<TeamRow> = db.db().one(&sql, values).await?;
    row.map(team).transpose()
}

/// The teams that the grant's scope covers, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &impl Read,
    grant: &Grant<ViewTeams>,
    page: &PageRequest,
) -> Result<Page<Team>> {
    let mut values = vec![grant.organization_id().uuid().into()];
    let visible = visible(grant.scope(), &mut values);
    let mut sql = format!(
        "{} WHERE t.organization_id = $1 AND t.archived_at IS NULL AND {visible}",
        select()
    );
    if let Some(after) = page.after {
        values.push(after.into());
        sql.push_str(&format!(" AND t.id < ${}", values.len()));
    }
    sql.push_str(&format!(" ORDER BY t.id DESC LIMIT {}", page.probe()));
    let rows: Vec<TeamRow> = db.db().all(&sql, values).await?;
    let teams: Result<Vec<Team>> = rows.into_iter().map(team).collect();
    Ok(Page::from_probe(teams?, page, |team| team.id.uuid()))
}

#[derive(FromQueryResult)]
struct TeamIdRow {
    #[expect(dead_code, reason = "that there is a row says it")]
    id: Uuid,
}

/// Whether the actor of a grant may see a team, for what they name it for.
///
/// # Errors
/// When the database fails.
pub async fn is_visible<A: Action>(db: &impl Read, grant: &Grant<A>, id: TeamId) -> Result<bool> {
    if !grant.actor().may(Permission::TeamsView) {
        return Ok(false);
    }
    let mut values = vec![grant.organization_id().uuid().into(), id.uuid().into()];
    let visible = visible(&ViewTeams::scope(grant.actor()), &mut values);
    let sql = format!(
        "SELECT t.id FROM teams t WHERE t.organization_id = $1 AND t.id = $2 \
         AND t.archived_at IS NULL AND {visible}"
    );
    let row: Option<TeamIdRow> = db.db().one(&sql, values).await?;
    Ok(row.is_some())
}

/// Whether a user manages a team that is in use.
///
/// # Errors
/// When the database fails.
pub async fn is_managed_by<A: Action>(
    db: &impl Read,
    grant: &Grant<A>,
    id: TeamId,
    user: UserId,
) -> Result<bool> {
    let sql = "SELECT t.id FROM teams t JOIN team_members m \
               ON m.organization_id = t.organization_id AND m.team_id = t.id \
               WHERE t.organization_id = $1 AND t.id = $2 AND t.archived_at IS NULL \
               AND m.user_id = $3 AND m.seat = $4";
    let values = [
        Value::from(grant.organization_id().uuid()),
        Value::from(id.uuid()),
        Value::from(user.uuid()),
        Value::from(TeamSeat::Manager.code()),
    ];
    let row: Option<TeamIdRow> = db.db().one(sql, values).await?;
    Ok(row.is_some())
}

#[derive(FromQueryResult)]
struct MemberRow {
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    role: i16,
    status: i16,
    seat: i16,
    #[sea_orm(nested)]
    place: PlaceRow,
}

/// Who is on a team that the grant's scope covers: managers first, each kind in turn order and then
/// those who are not dealt to; nobody for another.
///
/// # Errors
/// When the database fails.
pub async fn members<A: OnTeams>(
    db: &impl Read,
    grant: &Grant<A>,
    id: TeamId,
) -> Result<Vec<TeamMember>> {
    let mut values = vec![grant.organization_id().uuid().into(), id.uuid().into()];
    let visible = visible(A::users(grant.scope()), &mut values);
    let sql = format!(
        "SELECT u.id, u.first_name, u.last_name, u.partner, u.role, u.status, s.seat, {PLACE} \
         FROM teams t \
         JOIN team_members s ON s.organization_id = t.organization_id AND s.team_id = t.id \
         JOIN users u ON u.organization_id = s.organization_id AND u.id = s.user_id \
         LEFT JOIN rotations r ON r.organization_id = t.organization_id AND r.team_id = t.id \
         LEFT JOIN rotation_members m ON m.organization_id = r.organization_id \
           AND m.rotation_id = r.id AND m.user_id = s.user_id \
         WHERE t.organization_id = $1 AND t.id = $2 AND t.archived_at IS NULL AND {visible} \
         ORDER BY s.seat, m.position IS NULL, m.position, u.id"
    );
    let rows: Vec<MemberRow> = db.db().all(&sql, values).await?;
    rows.into_iter().map(member).collect()
}

/// Stores a new team without anybody on it.
///
/// # Errors
/// [`Error::Unique`] for a name that an unarchived team of the organization has.
pub async fn insert(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO teams \
               (organization_id, id, name, name_key, version, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, 1, $5, $5)";
    tx.db().execute(sql, named(grant, id, name, now)).await?;
    Ok(())
}

/// Renames a team, or keeps its name, and raises its version.
///
/// # Errors
/// [`Error::Unique`] for a name that another unarchived team of the organization has.
pub async fn touch<A: ChangesTeams>(
    tx: &mut Tx,
    grant: &Grant<A>,
    id: TeamId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE teams SET name = $3, name_key = $4, version = version + 1, updated_at = $5 \
               WHERE organization_id = $1 AND id = $2";
    tx.db().execute(sql, named(grant, id, name, now)).await?;
    Ok(())
}

/// Sets whether a team's managers are dealt to as well.
///
/// # Errors
/// When the database fails.
pub async fn include_managers(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    include_managers: bool,
) -> Result<()> {
    let sql = "UPDATE teams SET include_managers = $3 WHERE organization_id = $1 AND id = $2";
    let key = [grant.organization_id().uuid().into(), Value::from(id.uuid())];
    let [organization_id, id] = key;
    tx.db().execute(sql, [organization_id, id, include_managers.into()]).await?;
    Ok(())
}

/// Takes a team out of use; nobody is on it any more.
///
/// # Errors
/// When the database fails.
pub async fn archive(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    now: Timestamp,
) -> Result<()> {
    let key: [Value; 2] = [grant.organization_id().uuid().into(), id.uuid().into()];
    let sql = "DELETE FROM team_members WHERE organization_id = $1 AND team_id = $2";
    tx.db().execute(sql, key.clone()).await?;
    let sql = "UPDATE teams SET archived_at = $3, updated_at = $3, version = version + 1 \
               WHERE organization_id = $1 AND id = $2";
    let [organization_id, id] = key;
    tx.db().execute(sql, [organization_id, id, now.micros().into()]).await?;
    Ok(())
}

/// Those of these users that the grant's organization has.
///
/// # Errors
/// When the database fails.
pub async fn candidates(
    db: &impl Read,
    grant: &Grant<ManageTeams>,
    users: &[UserId],
) -> Result<HashMap<UserId, Candidate>> {
    read_candidates(db, grant, users, "").await
}

/// The same, and nobody else changes them until the transaction ends: a role that a seat takes
/// stays what it was found to be. Locked in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn lock_candidates(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    users: &[UserId],
) -> Result<HashMap<UserId, Candidate>> {
    let lock = tx.db().dialect.pick("FOR NO KEY UPDATE OF u", "");
    read_candidates(tx, grant, users, lock).await
}

#[derive(FromQueryResult)]
struct CandidateRow {
    id: Uuid,
    first_name: String,
    last_name: Option<String>,
    partner: bool,
    role: i16,
    status: i16,
}

async fn read_candidates(
    db: &impl Read,
    grant: &Grant<ManageTeams>,
    users: &[UserId],
    lock: &str,
) -> Result<HashMap<UserId, Candidate>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = user_keys(grant, users);
    let db = db.db();
    let sql = format!(
        "{} SELECT u.id, u.first_name, u.last_name, u.partner, u.role, u.status FROM users u \
         JOIN input i ON u.organization_id = i.organization_id AND u.id = i.id \
         ORDER BY u.organization_id, u.id {lock}",
        rows.input(db.dialect)
    );
    let rows: Vec<CandidateRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    let candidate = |row: CandidateRow| {
        let CandidateRow { id, first_name, last_name, partner, role, status } = row;
        let user = UserName { id: id.into(), first_name, last_name, partner };
        let (role, status) = (convert::role(role)?, convert::user_status(status)?);
        Ok((user.id, Candidate { user, role, status }))
    };
    rows.into_iter().map(candidate).collect()
}

/// Gives seats on a team; who has another one changes to this.
///
/// # Errors
/// When the database fails.
pub async fn seat(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    seats: &[(UserId, TeamSeat)],
) -> Result<()> {
    if seats.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("seat", Kind::Int),
    ]);
    for (user, seat) in seats {
        rows.push([grant.organization_id().into(), id.into(), (*user).into(), seat.code().into()]);
    }
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, team_id, user_id) DO UPDATE SET seat = excluded.seat";
    db.insert(rows, "team_members", then).await?;
    Ok(())
}

/// Takes users off a team.
///
/// # Errors
/// When the database fails.
pub async fn unseat(
    tx: &mut Tx,
    grant: &Grant<ManageTeams>,
    id: TeamId,
    users: &[UserId],
) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
    ]);
    for user in users {
        rows.push([grant.organization_id().into(), id.into(), (*user).into()]);
    }
    let db = tx.db();
    let sql = format!(
        "{} DELETE FROM team_members WHERE (organization_id, team_id, user_id) IN \
         (SELECT organization_id, team_id, user_id FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Makes whatever is known of these users' access outdated: on their next request it is read
/// afresh everywhere. They are locked.
///
/// # Errors
/// When the database fails.
pub async fn raise_access(tx: &mut Tx, grant: &Grant<ManageTeams>, users: &[UserId]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let rows = user_keys(grant, users);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE users SET access_version = access_version + 1 \
         WHERE (organization_id, id) IN (SELECT organization_id, id FROM input)",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

fn user_keys(grant: &Grant<ManageTeams>, users: &[UserId]) -> Rows<2> {
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for user in users {
        rows.push([grant.organization_id().into(), (*user).into()]);
    }
    rows
}

fn named<A: ChangesTeams>(grant: &Grant<A>, id: TeamId, name: &str, now: Timestamp) -> [Value; 5] {
    [
        grant.organization_id().uuid().into(),
        id.uuid().into(),
        name.into(),
        name.to_lowercase().into(),
        now.micros().into(),
    ]
}

fn team(row: TeamRow) -> Result<Team> {
    Ok(Team {
        id: row.id.into(),
        name: row.name,
        manager_count: row.manager_count.unsigned_abs(),
        user_count: row.user_count.unsigned_abs(),
        distribution: row.settings.into_domain()?,
        include_managers: row.include_managers,
        version: row.version,
        created_at: Timestamp::from_micros(row.created_at),
        updated_at: Timestamp::from_micros(row.updated_at),
    })
}

fn member(row: MemberRow) -> Result<TeamMember> {
    let MemberRow { id, first_name, last_name, partner, role, status, seat, place } = row;
    Ok(TeamMember {
        user: UserName { id: id.into(), first_name, last_name, partner },
        seat: TeamSeat::from_code(seat).ok_or_else(|| Error::corrupt("a seat on a team"))?,
        role: convert::role(role)?,
        status: convert::user_status(status)?,
        place: place.into_domain()?,
    })
}

#[derive(FromQueryResult)]
struct KeyRow {
    organization_id: Uuid,
    id: Uuid,
}

/// Teams in use that have no rotation yet, of all organizations, the first `limit` of them: those
/// made by a version of the service whose teams had none.
///
/// # Errors
/// When the database fails.
pub async fn without_rotation(db: &impl Read, limit: u32) -> Result<Vec<(OrganizationId, TeamId)>> {
    let sql = format!(
        "SELECT t.organization_id, t.id FROM teams t WHERE t.archived_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM rotations r WHERE r.organization_id = t.organization_id \
           AND r.team_id = t.id) ORDER BY t.organization_id, t.id LIMIT {limit}"
    );
    let rows: Vec<KeyRow> = db.db().all(&sql, []).await?;
    Ok(rows.into_iter().map(|row| (row.organization_id.into(), row.id.into())).collect())
}

#[derive(FromQueryResult)]
struct SeatRow {
    user_id: Uuid,
    seat: i16,
}

/// Everybody on a team in the order of their ids, for the service's own work.
///
/// # Errors
/// When the database fails.
pub async fn seats_for_service(
    db: &impl Read,
    organization_id: OrganizationId,
    id: TeamId,
) -> Result<Seats> {
    let sql = "SELECT user_id, seat FROM team_members WHERE organization_id = $1 AND team_id = $2 \
               ORDER BY user_id";
    let values = [organization_id.uuid().into(), Value::from(id.uuid())];
    let rows: Vec<SeatRow> = db.db().all(sql, values).await?;
    let mut seats = Seats::default();
    for row in rows {
        match TeamSeat::from_code(row.seat).ok_or_else(|| Error::corrupt("a seat on a team"))? {
            TeamSeat::Manager => seats.managers.push(row.user_id.into()),
            TeamSeat::User => seats.users.push(row.user_id.into()),
        }
    }
    Ok(seats)
}
