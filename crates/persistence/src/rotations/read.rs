//! Rotations from storage into the engine.

use std::collections::{BTreeSet, HashMap};

use evenhand_domain::calendar::LocalDay;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{GroupId, OrganizationId, RotationId, TeamId, UserId};
use evenhand_domain::permission::{Grant, ManageOrganization, ViewGroups, ViewTeams};
use evenhand_domain::rotation::{
    Count, CursorHint, Hash, Joining, Limits, Member, MemberSettings, Method, OffDuty, OffReason,
    Policy, RotationState,
};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::team::TeamSeat;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use super::{KnownMembers, Rotation, WaitingList};
use crate::rows::{Kind, Rows};
use crate::store::Dialect;
use crate::{Error, Read, Result, Tx, convert, teams};

#[derive(FromQueryResult)]
pub(super) struct RotationRow {
    organization_id: Uuid,
    id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
    method: i16,
    daily_limit: i32,
    monthly_limit: i32,
    zone: String,
    next_user_id: Option<Uuid>,
    entry: i64,
    turn: i64,
    head: Vec<u8>,
    last_at: i64,
    local_day: i32,
    respects_availability: bool,
    paused: bool,
    paused_until: Option<i64>,
    seed: Vec<u8>,
    when_nobody_eligible: i16,
    fallback_group_id: Option<Uuid>,
    fallback_team_id: Option<Uuid>,
    fallback_user_id: Option<Uuid>,
    waiting: bool,
    waiting_position: i64,
    availability_until: Option<i64>,
}

pub(super) const COLUMNS: &str = "r.organization_id, r.id, r.group_id, r.team_id, r.method, r.daily_limit, \
     r.monthly_limit, r.zone, r.next_user_id, r.entry, r.turn, r.head, r.last_at, r.local_day, \
     r.respects_availability, r.paused, r.paused_until, r.seed, \
     r.when_nobody_eligible, r.fallback_group_id, r.fallback_team_id, r.fallback_user_id, \
     r.waiting, r.waiting_position, r.availability_until";

/// Every column is optional, so that a rotation without members can be read with them.
#[derive(FromQueryResult)]
struct MemberRow {
    m_rotation_id: Option<Uuid>,
    user_id: Option<Uuid>,
    own_daily_limit: Option<i32>,
    own_monthly_limit: Option<i32>,
    weight: Option<i32>,
    m_paused: Option<bool>,
    m_paused_until: Option<i64>,
    away: Option<bool>,
    away_until: Option<i64>,
    off_reason: Option<i16>,
    off_until: Option<i64>,
    count_day: Option<i32>,
    of_day: Option<i32>,
    of_month: Option<i32>,
    virtual_time: Option<i64>,
    last_turn: Option<i64>,
    open_leads: Option<i32>,
}

const MEMBER_COLUMNS: &str = "m.rotation_id AS m_rotation_id, m.user_id, \
     m.daily_limit AS own_daily_limit, m.monthly_limit AS own_monthly_limit, m.weight, \
     m.paused AS m_paused, m.paused_until AS m_paused_until, m.away, m.away_until, \
     m.off_reason, m.off_until, c.local_day AS count_day, c.of_day, c.of_month, \
     c.virtual_time, c.last_turn, c.open_leads";

const COUNTS_OF_MEMBERS: &str = "LEFT JOIN rotation_counts c \
     ON c.organization_id = m.organization_id AND c.rotation_id = m.rotation_id \
     AND c.user_id = m.user_id";

/// Whether to stand in line for a lock that somebody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queueing {
    /// As long as the lock timeout allows.
    Wait,
    /// Not at all: what is locked is left out. (SQLite's one writer never meets a locked row.)
    Skip,
}

/// Locks the rotations of these groups and teams, archived ones left out, in the order of their ids,
/// and reads them. The keys come from the grants of a batch, row by row. What does not exist in its
/// organization is missing from the result.
///
/// # Errors
/// When the database fails.
pub async fn lock_by_owners(
    tx: &mut Tx,
    owners: &[(OrganizationId, RotationOwner)],
    queueing: Queueing,
) -> Result<Vec<Rotation>> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rows = owner_keys(owners);
    let db = tx.db();
    let sql = format!(
        "{} SELECT {COLUMNS} FROM rotations r WHERE (r.organization_id, r.id) IN ({OF_INPUT}) \
         AND r.archived_at IS NULL ORDER BY r.organization_id, r.id {}",
        rows.input(db.dialect),
        for_update(db.dialect, queueing),
    );
    let locked: Vec<RotationRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    with_members(tx, locked, None).await
}

#[derive(FromQueryResult)]
struct OwnerRow {
    organization_id: Uuid,
    group_id: Option<Uuid>,
    team_id: Option<Uuid>,
}

/// Those of the groups and teams that have a rotation in use, whoever has it locked.
///
/// # Errors
/// When the database fails.
pub async fn existing(
    tx: &mut Tx,
    owners: &[(OrganizationId, RotationOwner)],
) -> Result<Vec<(OrganizationId, RotationOwner)>> {
    if owners.is_empty() {
        return Ok(Vec::new());
    }
    let rows = owner_keys(owners);
    let db = tx.db();
    let sql = format!(
        "{} SELECT r.organization_id, r.group_id, r.team_id FROM rotations r \
         WHERE (r.organization_id, r.id) IN ({OF_INPUT}) AND r.archived_at IS NULL",
        rows.input(db.dialect),
    );
    let found: Vec<OwnerRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    (found.into_iter())
        .map(|row| Ok((row.organization_id.into(), owner(row.group_id, row.team_id)?)))
        .collect()
}

/// The keys of the rotations that the input's rows name by group or by team. Two look-ups by index;
/// one condition with `OR` would be none.
pub(super) const OF_INPUT: &str = "SELECT o.organization_id, o.id FROM input i JOIN rotations o \
     ON o.organization_id = i.organization_id AND o.group_id = i.group_id \
     UNION ALL SELECT o.organization_id, o.id FROM input i JOIN rotations o \
     ON o.organization_id = i.organization_id AND o.team_id = i.team_id";

pub(super) fn owner_keys(owners: &[(OrganizationId, RotationOwner)]) -> Rows<3> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
    ]);
    for (organization_id, owner) in owners {
        rows.push([(*organization_id).into(), owner.group_id().into(), owner.team_id().into()]);
    }
    rows
}

pub(super) fn owner(group_id: Option<Uuid>, team_id: Option<Uuid>) -> Result<RotationOwner> {
    match (group_id, team_id) {
        (Some(group), None) => Ok(RotationOwner::Group(group.into())),
        (None, Some(team)) => Ok(RotationOwner::Team(team.into())),
        _ => Err(Error::corrupt("whose a rotation is")),
    }
}

/// Locks one rotation and reads it; `None` when it does not exist or is archived.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    organization_id: OrganizationId,
    owner: RotationOwner,
) -> Result<Option<Rotation>> {
    let locked = lock_by_owners(tx, &[(organization_id, owner)], Queueing::Wait).await?;
    Ok(locked.into_iter().next())
}

/// Locks every rotation in use that a user is a member of, in the order of their ids, and reads
/// it. One that the user joins while this waits is missing: who then locks the user compares with
/// [`of_user`], and begins again where they differ.
///
/// # Errors
/// When the database fails.
pub async fn lock_of_user(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<Rotation>> {
    let db = tx.db();
    let sql = format!(
        "SELECT {COLUMNS} FROM rotations r WHERE r.organization_id = $1 \
         AND r.archived_at IS NULL AND r.id IN (SELECT m.rotation_id FROM rotation_members m \
         WHERE m.organization_id = $1 AND m.user_id = $2) ORDER BY r.organization_id, r.id {}",
        for_update(db.dialect, Queueing::Wait),
    );
    let values = [Value::from(organization_id.uuid()), Value::from(user.uuid())];
    let locked: Vec<RotationRow> = db.all(&sql, values).await?;
    with_members(tx, locked, None).await
}

/// Locks every rotation in use, in the order of their ids, and reads it. The organization's row is
/// locked before, so that no rotation begins meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn lock_all(tx: &mut Tx, grant: &Grant<ManageOrganization>) -> Result<Vec<Rotation>> {
    let db = tx.db();
    let sql = format!(
        "SELECT {COLUMNS} FROM rotations r WHERE r.organization_id = $1 \
         AND r.archived_at IS NULL ORDER BY r.organization_id, r.id {}",
        for_update(db.dialect, Queueing::Wait),
    );
    let organization_id = Value::from(grant.organization_id().uuid());
    let locked: Vec<RotationRow> = db.all(&sql, [organization_id]).await?;
    with_members(tx, locked, None).await
}

/// Locks these rotations, archived ones left out, in the order of their ids, and reads each once in
/// that order.
///
/// # Errors
/// When the database fails.
pub async fn lock_each(
    tx: &mut Tx,
    organization_id: OrganizationId,
    ids: &[RotationId],
) -> Result<Vec<Rotation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Rows::new([("organization_id", Kind::Uuid), ("id", Kind::Uuid)]);
    for id in ids.iter().collect::<BTreeSet<_>>() {
        rows.push([organization_id.into(), (*id).into()]);
    }
    let db = tx.db();
    let sql = format!(
        "{} SELECT {COLUMNS} FROM rotations r JOIN input i \
         ON r.organization_id = i.organization_id AND r.id = i.id \
         WHERE r.archived_at IS NULL ORDER BY r.organization_id, r.id {}",
        rows.input(db.dialect),
        for_update(db.dialect, Queueing::Wait),
    );
    let locked: Vec<RotationRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    with_members(tx, locked, None).await
}

#[derive(FromQueryResult)]
struct RotationIdRow {
    rotation_id: Uuid,
}

/// The rotations in use that a user is a member of, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn of_user(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<RotationId>> {
    let sql = "SELECT m.rotation_id FROM rotation_members m JOIN rotations r \
               ON r.organization_id = m.organization_id AND r.id = m.rotation_id \
               WHERE m.organization_id = $1 AND m.user_id = $2 AND r.archived_at IS NULL \
               ORDER BY m.rotation_id";
    let values = [Value::from(organization_id.uuid()), Value::from(user.uuid())];
    let rows: Vec<RotationIdRow> = db.db().all(sql, values).await?;
    Ok(rows.into_iter().map(|row| row.rotation_id.into()).collect())
}

/// The rotation in use of a group or team.
///
/// # Errors
/// When the database fails.
pub async fn id_of(
    db: &impl Read,
    organization_id: OrganizationId,
    owner: RotationOwner,
) -> Result<Option<RotationId>> {
    let column = match owner {
        RotationOwner::Group(_) => "group_id",
        RotationOwner::Team(_) => "team_id",
    };
    let sql = format!(
        "SELECT id AS rotation_id FROM rotations WHERE organization_id = $1 AND {column} = $2 \
         AND archived_at IS NULL"
    );
    let values = [Value::from(organization_id.uuid()), Value::from(owner.uuid())];
    let row: Option<RotationIdRow> = db.db().one(&sql, values).await?;
    Ok(row.map(|row| row.rotation_id.into()))
}

/// The rotations in use of the teams that deal to a user by the seat they have, whatever their
/// status, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn of_seats(
    db: &impl Read,
    organization_id: OrganizationId,
    user: UserId,
) -> Result<Vec<RotationId>> {
    let sql = format!(
        "SELECT r.id AS rotation_id FROM team_members m \
         JOIN teams t ON t.organization_id = m.organization_id AND t.id = m.team_id \
         JOIN rotations r ON r.organization_id = m.organization_id AND r.team_id = m.team_id \
         WHERE m.organization_id = $1 AND m.user_id = $2 AND r.archived_at IS NULL \
         AND (m.seat = {} OR t.include_managers) ORDER BY r.id",
        TeamSeat::User.code(),
    );
    let values = [Value::from(organization_id.uuid()), Value::from(user.uuid())];
    let rows: Vec<RotationIdRow> = db.db().all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.rotation_id.into()).collect())
}

/// NO KEY UPDATE: inserts that only refer to the rotation are not held up.
pub(super) fn for_update(dialect: Dialect, queueing: Queueing) -> &'static str {
    match queueing {
        Queueing::Wait => dialect.pick("FOR NO KEY UPDATE OF r", ""),
        Queueing::Skip => dialect.pick("FOR NO KEY UPDATE OF r SKIP LOCKED", ""),
    }
}

/// Locked rotations with their members, which are read where they are not known.
pub(super) async fn with_members(
    db: &impl Read,
    rows: Vec<RotationRow>,
    known: Option<&KnownMembers>,
) -> Result<Vec<Rotation>> {
    let mut of: HashMap<Uuid, Vec<Member>> = HashMap::new();
    let mut keys = Rows::new([("organization_id", Kind::Uuid), ("rotation_id", Kind::Uuid)]);
    for row in &rows {
        let key = (row.organization_id.into(), row.id.into());
        match known.and_then(|known| known.take(key, &row.head)) {
            Some(members) => drop(of.insert(row.id, members)),
            None => keys.push([row.organization_id.into(), row.id.into()]),
        }
    }
    if !keys.is_empty() {
        let db = db.db();
        let sql = format!(
            "{} SELECT {MEMBER_COLUMNS} FROM input i JOIN rotation_members m \
             ON m.organization_id = i.organization_id AND m.rotation_id = i.rotation_id \
             {COUNTS_OF_MEMBERS} ORDER BY m.position",
            keys.input(db.dialect),
        );
        let members: Vec<MemberRow> = db.all(&sql, keys.into_values(db.dialect)).await?;
        for row in members {
            if let (Some(rotation), Some(member)) = (row.m_rotation_id, member(&row)?) {
                of.entry(rotation).or_default().push(member);
            }
        }
    }
    rows.into_iter()
        .map(|row| {
            let members = of.remove(&row.id).unwrap_or_default();
            rotation(row, members)
        })
        .collect()
}

#[derive(FromQueryResult)]
struct JoinedRow {
    #[sea_orm(nested)]
    rotation: RotationRow,
    #[sea_orm(nested)]
    member: MemberRow,
}

/// The rotation of a group as it is right now, without a lock but from one snapshot; `None` when
/// it does not exist or is archived.
///
/// # Errors
/// When the database fails.
pub async fn of_group(
    db: &impl Read,
    grant: &Grant<ViewGroups>,
    group_id: GroupId,
) -> Result<Option<Rotation>> {
    let values = vec![grant.organization_id().uuid().into(), Value::from(group_id.uuid())];
    snapshot(db, "r.group_id = $2", values).await
}

/// The same of a team that the grant's scope covers.
///
/// # Errors
/// When the database fails.
pub async fn of_team(
    db: &impl Read,
    grant: &Grant<ViewTeams>,
    team_id: TeamId,
) -> Result<Option<Rotation>> {
    let mut values = vec![grant.organization_id().uuid().into(), Value::from(team_id.uuid())];
    let visible = teams::visible(grant.scope(), &mut values);
    let which = format!(
        "r.team_id = $2 AND EXISTS (SELECT 1 FROM teams t \
         WHERE t.organization_id = r.organization_id AND t.id = r.team_id AND {visible})"
    );
    snapshot(db, &which, values).await
}

async fn snapshot(db: &impl Read, which: &str, values: Vec<Value>) -> Result<Option<Rotation>> {
    let sql = format!(
        "SELECT {COLUMNS}, {MEMBER_COLUMNS} \
         FROM rotations r LEFT JOIN rotation_members m \
         ON m.organization_id = r.organization_id AND m.rotation_id = r.id \
         {COUNTS_OF_MEMBERS} \
         WHERE r.organization_id = $1 AND {which} AND r.archived_at IS NULL \
         ORDER BY m.position"
    );
    let rows: Vec<JoinedRow> = db.db().all(&sql, values).await?;
    let mut members = Vec::with_capacity(rows.len());
    let mut first = None;
    for row in rows {
        members.extend(member(&row.member)?);
        first.get_or_insert(row.rotation);
    }
    first.map(|row| rotation(row, members)).transpose()
}

#[derive(FromQueryResult)]
struct JoiningRow {
    user_id: Uuid,
    paused: bool,
    paused_until: Option<i64>,
    count_day: Option<i32>,
    of_day: Option<i32>,
    of_month: Option<i32>,
}

/// What users would come into a locked rotation with at `now`: what it has counted for them, and
/// whether they are out of all rotations. Who is about to add them has them locked.
///
/// # Errors
/// When the database fails.
pub async fn joining(
    db: &impl Read,
    rotation: &Rotation,
    users: &[UserId],
    now: Timestamp,
) -> Result<HashMap<UserId, Joining>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let (organization_id, rotation_id) = rotation.key();
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
    ]);
    for user in users {
        rows.push([organization_id.into(), rotation_id.into(), (*user).into()]);
    }
    let db = db.db();
    let sql = format!(
        "{} SELECT u.id AS user_id, u.paused, u.paused_until, c.local_day AS count_day, \
         c.of_day, c.of_month FROM input i \
         JOIN users u ON u.organization_id = i.organization_id AND u.id = i.user_id \
         LEFT JOIN rotation_counts c ON c.organization_id = i.organization_id \
         AND c.rotation_id = i.rotation_id AND c.user_id = i.user_id",
        rows.input(db.dialect),
    );
    let found: Vec<JoiningRow> = db.all(&sql, rows.into_values(db.dialect)).await?;
    found
        .into_iter()
        .map(|row| {
            let count = count(row.count_day, row.of_day, row.of_month)?;
            // One that is over is no difference, and no entry of the ledger.
            let away = convert::pause(row.paused, row.paused_until).in_force(now);
            Ok((row.user_id.into(), Joining { count, away }))
        })
        .collect()
}

fn rotation(row: RotationRow, members: Vec<Member>) -> Result<Rotation> {
    let fallback = [row.fallback_group_id, row.fallback_team_id, row.fallback_user_id];
    let when_nobody_eligible = when_nobody_eligible(row.when_nobody_eligible, fallback)?;
    let method = u8::try_from(row.method).ok().and_then(Method::from_code);
    let head: Result<[u8; 32], _> = row.head.try_into();
    let zone = row.zone.parse().map_err(|_| Error::corrupt("a rotation's time zone"))?;
    let state = RotationState {
        organization_id: row.organization_id.into(),
        id: row.id.into(),
        policy: Policy {
            method: method.ok_or_else(|| Error::corrupt("a rotation's method"))?,
            respects_availability: row.respects_availability,
        },
        seed: row.seed.try_into().map_err(|_| Error::corrupt("a rotation's seed"))?,
        pause: convert::pause(row.paused, row.paused_until),
        limits: Limits { daily: natural(row.daily_limit)?, monthly: natural(row.monthly_limit)? },
        zone: row.zone,
        members,
        cursor: row.next_user_id.map(UserId::from),
        entry: natural(row.entry)?,
        turn: natural(row.turn)?,
        head: Hash::from_bytes(head.map_err(|_| Error::corrupt("a rotation's head"))?),
        last_at: Timestamp::from_micros(row.last_at),
        local_day: LocalDay::from_number(row.local_day),
        cursor_hint: CursorHint::default(),
    };
    let waiting = WaitingList::stored(row.waiting, natural(row.waiting_position)?);
    Ok(Rotation {
        stored: state.members.clone(),
        state,
        owner: owner(row.group_id, row.team_id)?,
        zone,
        when_nobody_eligible,
        fallback_is_active: false,
        waiting,
        availability_until: row.availability_until.map(Timestamp::from_micros),
    })
}

/// From its code and the group, team or user that leads go on to.
pub(super) fn when_nobody_eligible(
    code: i16,
    fallback: [Option<Uuid>; 3],
) -> Result<WhenNobodyEligible> {
    let [group, team, user] = fallback;
    let fallback = match (group, team, user) {
        (None, None, Some(user)) => Some(Fallback::User(user.into())),
        (None, None, None) => None,
        (group, team, None) => Some(Fallback::Rotation(owner(group, team)?)),
        _ => return Err(Error::corrupt("a rotation's fallback")),
    };
    match (code, fallback) {
        (1, None) => Ok(WhenNobodyEligible::LeaveUnassigned),
        (2, None) => Ok(WhenNobodyEligible::Wait),
        (3, Some(fallback)) => Ok(WhenNobodyEligible::Fallback(fallback)),
        _ => Err(Error::corrupt("what a rotation does when nobody is eligible")),
    }
}

fn member(row: &MemberRow) -> Result<Option<Member>> {
    let Some(user_id) = row.user_id else { return Ok(None) };
    let off = row.off_reason.map(|code| u8::try_from(code).ok().and_then(OffReason::from_code));
    let off = match off {
        Some(None) => return Err(Error::corrupt("why somebody is off duty")),
        Some(Some(reason)) => {
            Some(OffDuty { reason, until: row.off_until.map(Timestamp::from_micros) })
        }
        None => None,
    };
    Ok(Some(Member {
        user_id: user_id.into(),
        settings: MemberSettings {
            daily_limit: row.own_daily_limit.map(natural).transpose()?,
            monthly_limit: row.own_monthly_limit.map(natural).transpose()?,
            weight: natural(row.weight.unwrap_or(1))?,
            pause: convert::pause(row.m_paused.unwrap_or(false), row.m_paused_until),
        },
        away: convert::pause(row.away.unwrap_or(false), row.away_until),
        off,
        virtual_time: natural(row.virtual_time.unwrap_or(0))?,
        last_turn: natural(row.last_turn.unwrap_or(0))?,
        open_leads: natural(row.open_leads.unwrap_or(0))?,
        count: count(row.count_day, row.of_day, row.of_month)?,
    }))
}

fn count(day: Option<i32>, of_day: Option<i32>, of_month: Option<i32>) -> Result<Option<Count>> {
    let (Some(day), Some(of_day), Some(of_month)) = (day, of_day, of_month) else {
        return Ok(None);
    };
    let count = Count {
        day: LocalDay::from_number(day),
        of_day: natural(of_day)?,
        of_month: natural(of_month)?,
    };
    Ok(Some(count).filter(|count| (count.of_day, count.of_month) != (0, 0)))
}

pub(super) fn natural<T, U: TryFrom<T>>(stored: T) -> Result<U> {
    U::try_from(stored).map_err(|_| Error::corrupt("a negative number"))
}
