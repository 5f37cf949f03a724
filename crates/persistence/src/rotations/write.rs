//! Rotations from the engine back into storage, under the lock that read them.

use std::collections::HashMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{GroupId, OrganizationId, RotationId, TeamId, UserId};
use evenhand_domain::rotation::{Count, EntryKind, Member, RotationState};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use sea_orm::Value;

use super::{Rotation, RotationEntry, off_duty};
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx, Writes, convert};

/// Writes back the hot part of locked rotations (cursor, numbers, head), what deliveries changed of
/// their members, and their new ledger entries, each rotation's in order. One without an entry has
/// not changed, and is left alone. Where leads wait for one that has changed otherwise than by
/// dealing, they are due to be tried again. They may be saved again in the same transaction: each
/// knows what is stored of its members from now on.
///
/// # Errors
/// When the database fails; a turn that exists already is refused by its unique index.
pub async fn save<'a>(
    tx: &mut Tx,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    entries: Vec<RotationEntry>,
) -> Result<()> {
    let mut writes = Writes::of(tx);
    save_with(tx, &mut writes, rotations, entries);
    writes.run(tx).await
}

/// The same with other writes, and as good as done.
pub fn save_with<'a>(
    tx: &mut Tx,
    writes: &mut Writes,
    rotations: impl IntoIterator<Item = &'a mut Rotation>,
    entries: Vec<RotationEntry>,
) {
    let mut touched = Touched::new();
    for RotationEntry { organization_id, rotation_id, entry } in &entries {
        let is_changed = touched.entry((*organization_id, *rotation_id)).or_default();
        // Neither makes anybody eligible.
        *is_changed |= !matches!(entry.kind, EntryKind::Decision | EntryKind::OpenLeads);
    }
    if touched.values().any(|is_changed| *is_changed) {
        tx.wake_dealing();
    }
    let rotations = rotations.into_iter();
    let mut changed: Vec<&mut Rotation> =
        rotations.filter(|rotation| touched.contains_key(&rotation.key())).collect();
    let states: Vec<&Rotation> = changed.iter().map(|rotation| &**rotation).collect();
    save_positions(writes, &states, &touched);
    save_counts(writes, &states);
    off_duty::save_cleared(writes, &states);
    for rotation in &mut changed {
        rotation.stored.clone_from(&rotation.state.members);
    }
    append(writes, entries);
}

/// Rotations with new entries, and whether one of these may make somebody eligible.
type Touched = HashMap<(OrganizationId, RotationId), bool>;

fn save_positions(writes: &mut Writes, rotations: &[&Rotation], touched: &Touched) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("next_user_id", Kind::Uuid),
        ("entry", Kind::Int),
        ("turn", Kind::Int),
        ("head", Kind::Bytes),
        ("last_at", Kind::Int),
        ("local_day", Kind::Int),
        ("changed", Kind::Flag),
    ]);
    for rotation in rotations {
        let state = &rotation.state;
        let is_changed = touched.get(&rotation.key()).is_some_and(|is_changed| *is_changed);
        rows.push([
            state.organization_id.into(),
            state.id.into(),
            state.cursor.into(),
            state.entry.into(),
            state.turn.into(),
            (*state.head.bytes()).into(),
            state.last_at.micros().into(),
            state.local_day.number().into(),
            is_changed.into(),
        ]);
    }
    // 0 = at once. Whoever deals as well writes when to try again after this.
    writes.with(
        rows,
        "UPDATE rotations SET next_user_id = i.next_user_id, entry = i.entry, turn = i.turn, \
         head = i.head, last_at = i.last_at, local_day = i.local_day, \
         next_attempt_at = CASE WHEN i.changed AND rotations.waiting THEN 0 \
         ELSE rotations.next_attempt_at END FROM input i \
         WHERE rotations.organization_id = i.organization_id AND rotations.id = i.id",
    );
}

/// What deliveries change of a member.
fn figures(member: &Member) -> (Option<Count>, u64, u64, u32) {
    (member.count, member.virtual_time, member.last_turn, member.open_leads)
}

fn save_counts(writes: &mut Writes, rotations: &[&Rotation]) {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("local_day", Kind::Int),
        ("of_day", Kind::Int),
        ("of_month", Kind::Int),
        ("virtual_time", Kind::Int),
        ("last_turn", Kind::Int),
        ("open_leads", Kind::Int),
    ]);
    for rotation in rotations {
        let (organization_id, rotation_id) = rotation.key();
        let stored: HashMap<UserId, &Member> =
            rotation.stored.iter().map(|member| (member.user_id, member)).collect();
        for member in &rotation.state.members {
            let before = stored.get(&member.user_id).map(|stored| figures(stored));
            if before == Some(figures(member)) {
                continue;
            }
            let none = Count { day: rotation.state.local_day, of_day: 0, of_month: 0 };
            let count = member.count.unwrap_or(none);
            rows.push([
                organization_id.into(),
                rotation_id.into(),
                member.user_id.into(),
                count.day.number().into(),
                count.of_day.into(),
                count.of_month.into(),
                member.virtual_time.into(),
                member.last_turn.into(),
                member.open_leads.into(),
            ]);
        }
    }
    let then = "ON CONFLICT (organization_id, rotation_id, user_id) DO UPDATE \
                SET local_day = excluded.local_day, of_day = excluded.of_day, \
                of_month = excluded.of_month, virtual_time = excluded.virtual_time, \
                last_turn = excluded.last_turn, open_leads = excluded.open_leads";
    writes.insert(rows, "rotation_counts", then);
}

fn append(writes: &mut Writes, entries: Vec<RotationEntry>) {
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
    writes.insert(rows, "rotation_ledger", "");
    writes.insert(checkpoints, "rotation_checkpoints", "");
}

/// Stores a new rotation, without members.
///
/// # Errors
/// When the database fails.
pub async fn create(tx: &mut Tx, rotation: &Rotation) -> Result<()> {
    let state = &rotation.state;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("group_id", Kind::Uuid),
        ("team_id", Kind::Uuid),
        ("method", Kind::Int),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
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
        rotation.owner.group_id().into(),
        rotation.owner.team_id().into(),
        i16::from(state.policy.method.code()).into(),
        state.limits.daily.into(),
        state.limits.monthly.into(),
        state.seed.into(),
        state.zone.as_str().into(),
        state.entry.into(),
        state.turn.into(),
        (*state.head.bytes()).into(),
        state.last_at.micros().into(),
        state.local_day.number().into(),
    ]);
    let db = tx.db();
    db.insert(rows, "rotations", "").await?;
    save_settings(tx, rotation).await
}

/// Writes what is set for a rotation: how it deals, its limits, pause and time zone, and what it
/// does when nobody is eligible. What was seen of working hours is to be looked at anew.
///
/// # Errors
/// When the database fails.
pub async fn save_settings(tx: &mut Tx, rotation: &Rotation) -> Result<()> {
    let state = &rotation.state;
    let (paused, paused_until) = convert::pause_columns(state.pause);
    let (code, fallback) = match rotation.when_nobody_eligible {
        WhenNobodyEligible::LeaveUnassigned => (1_i16, None),
        WhenNobodyEligible::Wait => (2, None),
        WhenNobodyEligible::Fallback(fallback) => (3, Some(fallback)),
    };
    let (owner, user) = match fallback {
        Some(Fallback::Rotation(owner)) => (Some(owner), None),
        Some(Fallback::User(user)) => (None, Some(user)),
        None => (None, None),
    };
    let sql = "UPDATE rotations SET method = $3, respects_availability = $4, paused = $5, \
               paused_until = $6, daily_limit = $7, monthly_limit = $8, zone = $9, \
               when_nobody_eligible = $10, fallback_group_id = $11, fallback_team_id = $12, \
               fallback_user_id = $13, availability_until = NULL \
               WHERE organization_id = $1 AND id = $2";
    let values = [
        Value::from(state.organization_id.uuid()),
        Value::from(state.id.uuid()),
        Value::from(i16::from(state.policy.method.code())),
        Value::from(state.policy.respects_availability),
        Value::from(paused),
        Value::from(paused_until),
        Value::from(i64::from(state.limits.daily)),
        Value::from(i64::from(state.limits.monthly)),
        Value::from(state.zone.as_str()),
        Value::from(code),
        Value::from(owner.and_then(RotationOwner::group_id).map(GroupId::uuid)),
        Value::from(owner.and_then(RotationOwner::team_id).map(TeamId::uuid)),
        Value::from(user.map(UserId::uuid)),
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

/// Writes a rotation's members, their order and their settings, in place of what was stored. Working
/// hours are to be looked at anew.
///
/// # Errors
/// When the database fails.
pub async fn replace_members(tx: &mut Tx, state: &RotationState) -> Result<()> {
    let key = [Value::from(state.organization_id.uuid()), Value::from(state.id.uuid())];
    let sql = "DELETE FROM rotation_members WHERE organization_id = $1 AND rotation_id = $2";
    tx.db().execute(sql, key.clone()).await?;
    let sql = "UPDATE rotations SET availability_until = NULL \
               WHERE organization_id = $1 AND id = $2";
    tx.db().execute(sql, key).await?;
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("rotation_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("position", Kind::Int),
        ("daily_limit", Kind::Int),
        ("monthly_limit", Kind::Int),
        ("weight", Kind::Int),
        ("paused", Kind::Flag),
        ("paused_until", Kind::Int),
        ("away", Kind::Flag),
        ("away_until", Kind::Int),
        ("off_reason", Kind::Int),
        ("off_until", Kind::Int),
    ]);
    for (position, member) in (1_i64..).zip(&state.members) {
        rows.push(member_row(state, position, member));
    }
    if rows.is_empty() {
        return Ok(());
    }
    let db = tx.db();
    db.insert(rows, "rotation_members", "").await?;
    Ok(())
}

fn member_row(state: &RotationState, position: i64, member: &Member) -> [Cell; 13] {
    let (paused, until) = convert::pause_columns(member.settings.pause);
    let (away, away_until) = convert::pause_columns(member.away);
    [
        state.organization_id.into(),
        state.id.into(),
        member.user_id.into(),
        position.into(),
        member.settings.daily_limit.into(),
        member.settings.monthly_limit.into(),
        member.settings.weight.into(),
        paused.into(),
        until.into(),
        away.into(),
        away_until.into(),
        member.off.map(|off| i16::from(off.reason.code())).into(),
        member.off.and_then(|off| off.until).map(Timestamp::micros).into(),
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
