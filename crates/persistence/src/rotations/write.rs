//! Rotations from the engine back into storage, under the lock that read them.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{OrganizationId, RotationId, UserId};
use evenhand_domain::rotation::{Count, Member, RotationState};
use sea_orm::Value;

use super::settings::columns;
use super::{Rotation, RotationEntry};
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx, convert};

/// What dealing changed, of any number of rotations.
#[derive(Debug, Default)]
pub struct Changes {
    /// New ledger entries, each rotation's in order.
    pub entries: Vec<RotationEntry>,
    /// Counters after the last delivery to each (rotation, user).
    pub counts: Vec<(OrganizationId, RotationId, UserId, Count)>,
}

/// Writes back the hot part of rotations (cursor, numbers, head), their new ledger entries and
/// their counters.
///
/// # Errors
/// When the database fails; a turn that exists already is refused by its unique index.
pub async fn save<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a RotationState>,
    changes: Changes,
) -> Result<()> {
    save_positions(tx, rotations).await?;
    save_counts(tx, changes.counts).await?;
    append(tx, changes.entries).await
}

async fn save_positions<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a RotationState>,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("next_user_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("turn", Kind::Int),
        ("head", Kind::Bytes),
        ("last_at", Kind::Int),
        ("local_day", Kind::Int),
    ]);
    for state in rotations {
        rows.push([
            state.organization_id.into(),
            state.id.into(),
            state.cursor.into(),
            state.entry.into(),
            state.turn.into(),
            (*state.head.bytes()).into(),
            state.last_at.micros().into(),
            state.local_day.number().into(),
        ]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE rotations SET next_user_id = i.next_user_id, entry = i.entry, turn = i.turn, \
         head = i.head, last_at = i.last_at, local_day = i.local_day FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

async fn save_counts(
    tx: &mut Tx,
    counts: Vec<(OrganizationId, RotationId, UserId, Count)>,
) -> Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("local_day", Kind::Int),
        ("of_day", Kind::Int),
        ("of_month", Kind::Int),
    ]);
    for (organization_id, rotation_id, user_id, count) in counts {
        rows.push([
            organization_id.into(),
            rotation_id.into(),
            user_id.into(),
            count.day.number().into(),
            count.of_day.into(),
            count.of_month.into(),
        ]);
    }
    let db = tx.db();
    let then = "ON CONFLICT (organization_id, rotation_id, user_id) DO UPDATE \
                SET local_day = excluded.local_day, of_day = excluded.of_day, \
                of_month = excluded.of_month";
    let sql = rows.insert(db.dialect, "rotation_counts", then);
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

async fn append(tx: &mut Tx, entries: Vec<RotationEntry>) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("turn", Kind::Int),
        ("kind", Kind::Int),
        ("at", Kind::Int),
        ("lead_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("body", Kind::Bytes),
        ("hash", Kind::Bytes),
    ]);
    let mut checkpoints = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("body", Kind::Bytes),
    ]);
    for RotationEntry { organization_id, rotation_id, entry } in entries {
        rows.push([
            organization_id.into(),
            rotation_id.into(),
            entry.entry.into(),
            entry.turn.into(),
            i16::from(entry.kind.code()).into(),
            entry.at.micros().into(),
            entry.lead_id.into(),
            entry.user_id.into(),
            entry.body.into(),
            (*entry.hash.bytes()).into(),
        ]);
        if let Some(checkpoint) = entry.checkpoint {
            checkpoints.push([
                organization_id.into(),
                rotation_id.into(),
                entry.entry.into(),
                checkpoint.into(),
            ]);
        }
    }
    let db = tx.db();
    let sql = rows.insert(db.dialect, "rotation_ledger", "");
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    if !checkpoints.is_empty() {
        let sql = checkpoints.insert(db.dialect, "rotation_checkpoints", "");
        db.execute(&sql, checkpoints.into_values(db.dialect)).await?;
    }
    Ok(())
}

/// Stores a new rotation, without members.
///
/// # Errors
/// When the database fails.
pub async fn create(tx: &mut Tx, rotation: &Rotation, seed: [u8; 32]) -> Result<()> {
    let (state, owner) = (&rotation.state, rotation.owner);
    let (when, [group, team, user]) = columns(rotation.when_nobody_eligible);
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("method", Kind::Int),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
        ("when_nobody_eligible", Kind::Int),
        ("fallback_group_id", Kind::Uuid),
        ("fallback_team_id", Kind::Uuid),
        ("fallback_user_id", Kind::Uuid),
        ("seed", Kind::Bytes),
        ("zone", Kind::Text),
        ("entry", Kind::Int),
        ("turn", Kind::Int),
        ("head", Kind::Bytes),
        ("last_at", Kind::Int),
        ("local_day", Kind::Int),
    ]);
    rows.push([
        state.organization_id.into(),
        state.id.into(),
        owner.group_id().into(),
        owner.team_id().into(),
        i16::from(state.method.code()).into(),
        state.limits.daily.into(),
        state.limits.monthly.into(),
        when.into(),
        group.into(),
        team.into(),
        user.into(),
        seed.into(),
        state.zone.as_str().into(),
        state.entry.into(),
        state.turn.into(),
        (*state.head.bytes()).into(),
        state.last_at.micros().into(),
        state.local_day.number().into(),
    ]);
    let db = tx.db();
    let sql = rows.insert(db.dialect, "rotations", "");
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Writes what is set for a rotation, but for its time zone.
///
/// # Errors
/// When the database fails.
pub async fn save_settings(tx: &mut Tx, rotation: &Rotation) -> Result<()> {
    let state = &rotation.state;
    let (when, [group, team, user]) = columns(rotation.when_nobody_eligible);
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("method", Kind::Int),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
        ("when_nobody_eligible", Kind::Int),
        ("fallback_group_id", Kind::Uuid),
        ("fallback_team_id", Kind::Uuid),
        ("fallback_user_id", Kind::Uuid),
    ]);
    rows.push([
        state.organization_id.into(),
        state.id.into(),
        i16::from(state.method.code()).into(),
        state.limits.daily.into(),
        state.limits.monthly.into(),
        when.into(),
        group.into(),
        team.into(),
        user.into(),
    ]);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE rotations SET method = i.method, daily_limit = i.daily_limit, \
         monthly_limit = i.monthly_limit, when_nobody_eligible = i.when_nobody_eligible, \
         fallback_group_id = i.fallback_group_id, fallback_team_id = i.fallback_team_id, \
         fallback_user_id = i.fallback_user_id FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Writes a rotation's time zone.
///
/// # Errors
/// When the database fails.
pub async fn save_zone(tx: &mut Tx, rotation: &Rotation) -> Result<()> {
    let state = &rotation.state;
    let sql = "UPDATE rotations SET zone = $3 WHERE organization_id = $1 AND id = $2";
    let values = [
        Value::from(state.organization_id.uuid()),
        Value::from(state.id.uuid()),
        Value::from(state.zone.as_str()),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Writes one member's being out of all rotations, as the rotation has it.
///
/// # Errors
/// When the database fails.
pub async fn save_away(tx: &mut Tx, rotation: &Rotation, user: UserId) -> Result<()> {
    let state = &rotation.state;
    let Some(member) = state.member(user) else { return Ok(()) };
    let (away, until) = convert::pause_columns(member.away);
    let sql = "UPDATE rotation_members SET away = $4, away_until = $5 \
               WHERE organization_id = $1 AND rotation_id = $2 AND user_id = $3";
    let values = [
        Value::from(state.organization_id.uuid()),
        Value::from(state.id.uuid()),
        Value::from(user.uuid()),
        Value::from(away),
        Value::from(until),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Writes a rotation's members, their order and their settings, in place of what was stored.
///
/// # Errors
/// When the database fails.
pub async fn replace_members(tx: &mut Tx, state: &RotationState) -> Result<()> {
    let key = [Value::from(state.organization_id.uuid()), Value::from(state.id.uuid())];
    let sql = "DELETE FROM rotation_members WHERE organization_id = $1 AND rotation_id = $2";
    tx.db().execute(sql, key).await?;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("position", Kind::Int),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
        ("paused", Kind::Flag),
        ("paused_until", Kind::Int),
        ("away", Kind::Flag),
        ("away_until", Kind::Int),
    ]);
    for (position, member) in (1_i64..).zip(&state.members) {
        rows.push(member_row(state, position, member));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    let sql = rows.insert(db.dialect, "rotation_members", "");
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

fn member_row(state: &RotationState, position: i64, member: &Member) -> [Cell; 10] {
    let (paused, until) = convert::pause_columns(member.settings.pause);
    let (away, away_until) = convert::pause_columns(member.away);
    [
        state.organization_id.into(),
        state.id.into(),
        member.user_id.into(),
        position.into(),
        member.settings.daily_limit.into(),
        member.settings.monthly_limit.into(),
        paused.into(),
        until.into(),
        away.into(),
        away_until.into(),
    ]
}

/// Takes a rotation out of use; its ledger stays.
///
/// # Errors
/// When the database fails.
pub async fn archive(tx: &mut Tx, rotation: &Rotation, now: Timestamp) -> Result<()> {
    let sql = "UPDATE rotations SET archived_at = $3 WHERE organization_id = $1 AND id = $2";
    let values = [
        Value::from(rotation.state.organization_id.uuid()),
        Value::from(rotation.state.id.uuid()),
        Value::from(now.micros()),
    ];
    tx.db().execute(sql, values).await?;
    Ok(())
}
