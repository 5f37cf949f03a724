//! Whether a rotation, its members and its counts are what a ledger leads to.

use std::collections::BTreeMap;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Count, Member, MemberSettings, Policy, RotationState};
use evenhand_domain::verification::{Invalid, Problem};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::{Ledger, counts, signed};
use crate::{Read, Result, convert};

/// What a ledger leads to.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The state after its last entry.
    pub state: &'a RotationState,
    /// Whether its last entry takes the rotation out of use.
    pub archived: bool,
    /// What those who left, and have not come back, left with.
    pub departed: &'a BTreeMap<UserId, Count>,
}

/// The first thing that is stored of the rotation itself and is not what its ledger leads to, named
/// at the ledger's last entry.
///
/// # Errors
/// When the database fails.
pub async fn difference(
    db: &impl Read,
    ledger: &Ledger,
    expected: &Expected<'_>,
) -> Result<Option<Invalid>> {
    let last = expected.state.entry;
    let at = |problem| Invalid { entry: last, turn: None, problem };
    if let Some(invalid) = rotation(db, ledger, expected).await? {
        return Ok(Some(invalid));
    }
    if let Some(problem) = members(db, ledger, expected).await? {
        return Ok(Some(at(problem)));
    }
    Ok(counts::difference(db, ledger, expected).await?.map(at))
}

#[derive(FromQueryResult)]
struct RotationRow {
    method: i64,
    respects_availability: bool,
    paused: bool,
    paused_until: Option<i64>,
    daily_limit: i64,
    monthly_limit: i64,
    seed: Vec<u8>,
    zone: String,
    archived_at: Option<i64>,
    next_user_id: Option<Uuid>,
    entry: i64,
    turn: i64,
    head: Vec<u8>,
    last_at: i64,
    local_day: i64,
}

async fn rotation(
    db: &impl Read,
    ledger: &Ledger,
    expected: &Expected<'_>,
) -> Result<Option<Invalid>> {
    let sql = "SELECT CAST(method AS bigint) AS method, respects_availability, \
               paused, paused_until, CAST(daily_limit AS bigint) AS daily_limit, \
               CAST(monthly_limit AS bigint) AS monthly_limit, seed, zone, archived_at, \
               next_user_id, entry, turn, head, last_at, CAST(local_day AS bigint) AS local_day \
               FROM rotations WHERE organization_id = $1 AND id = $2";
    let table = "rotations";
    let RotationState {
        organization_id: _,
        id: _,
        policy: Policy { method, respects_availability },
        seed,
        pause,
        limits,
        zone,
        // In a table of their own.
        members: _,
        cursor,
        entry,
        turn,
        head,
        last_at,
        local_day,
        cursor_hint: _,
    } = expected.state;
    let at = |entry, problem| Ok(Some(Invalid { entry, turn: None, problem }));
    let row: Option<RotationRow> = db.db().one(sql, ledger.key()).await?;
    let Some(row) = row else { return at(*entry, Problem::RowMissing { table }) };
    if row.entry > signed(*entry) {
        return at(*entry + 1, Problem::Missing { told_by: table });
    }
    let (paused, paused_until) = convert::pause_columns(*pause);
    let same = [
        ("entry", row.entry == signed(*entry)),
        ("turn", row.turn == signed(*turn)),
        ("head", row.head == head.bytes()),
        ("next_user_id", row.next_user_id == cursor.map(UserId::uuid)),
        ("last_at", row.last_at == last_at.micros()),
        ("local_day", row.local_day == i64::from(local_day.number())),
        ("method", row.method == i64::from(method.code())),
        ("respects_availability", row.respects_availability == *respects_availability),
        ("paused", row.paused == paused),
        ("paused_until", row.paused_until == paused_until),
        ("daily_limit", row.daily_limit == i64::from(limits.daily)),
        ("monthly_limit", row.monthly_limit == i64::from(limits.monthly)),
        ("zone", row.zone == *zone),
        ("seed", row.seed == *seed),
        ("archived_at", row.archived_at.is_some() == expected.archived),
    ];
    match differing(&same) {
        Some(column) => at(*entry, Problem::Differs { table, column }),
        None => Ok(None),
    }
}

pub(super) fn differing(same: &[(&'static str, bool)]) -> Option<&'static str> {
    same.iter().find(|(_, same)| !same).map(|(column, _)| *column)
}

#[derive(FromQueryResult)]
struct MemberRow {
    user_id: Uuid,
    position: i64,
    daily_limit: Option<i64>,
    monthly_limit: Option<i64>,
    paused: bool,
    paused_until: Option<i64>,
    away: bool,
    away_until: Option<i64>,
    weight: i64,
    off_reason: Option<i64>,
    off_until: Option<i64>,
}

async fn members(
    db: &impl Read,
    ledger: &Ledger,
    expected: &Expected<'_>,
) -> Result<Option<Problem>> {
    let sql = "SELECT user_id, CAST(position AS bigint) AS position, \
               CAST(daily_limit AS bigint) AS daily_limit, \
               CAST(monthly_limit AS bigint) AS monthly_limit, paused, paused_until, away, \
               away_until, CAST(weight AS bigint) AS weight, \
               CAST(off_reason AS bigint) AS off_reason, off_until FROM rotation_members WHERE organization_id = $1 AND rotation_id = $2";
    let table = "rotation_members";
    let rows: Vec<MemberRow> = db.db().all(sql, ledger.key()).await?;
    let mut rows: BTreeMap<Uuid, MemberRow> =
        rows.into_iter().map(|row| (row.user_id, row)).collect();
    for (position, member) in (1..).zip(&expected.state.members) {
        let Some(row) = rows.remove(&member.user_id.uuid()) else {
            return Ok(Some(Problem::RowMissing { table }));
        };
        if let Some(column) = member_difference(&row, position, member, expected.state.last_at) {
            return Ok(Some(Problem::Differs { table, column }));
        }
    }
    Ok((!rows.is_empty()).then_some(Problem::RowUnexpected { table }))
}

fn member_difference(
    row: &MemberRow,
    position: i64,
    member: &Member,
    last_at: Timestamp,
) -> Option<&'static str> {
    let Member {
        user_id: _,
        settings,
        away,
        off,
        // In a table of their own, see `counts`.
        virtual_time: _,
        last_turn: _,
        open_leads: _,
        count: _,
    } = member;
    let MemberSettings { daily_limit, monthly_limit, weight, pause } = settings;
    let (paused, paused_until) = convert::pause_columns(*pause);
    let (away, away_until) = convert::pause_columns(*away);
    // One that is over is as good as none.
    let off = off.filter(|off| off.holds(last_at));
    let is_over = row.off_until.is_some_and(|until| until <= last_at.micros());
    let (off_reason, off_until) = match row.off_reason {
        Some(_) if is_over => (None, None),
        reason => (reason, row.off_until),
    };
    differing(&[
        ("position", row.position == position),
        ("daily_limit", row.daily_limit == daily_limit.map(i64::from)),
        ("monthly_limit", row.monthly_limit == monthly_limit.map(i64::from)),
        ("weight", row.weight == i64::from(*weight)),
        ("paused", row.paused == paused),
        ("paused_until", row.paused_until == paused_until),
        ("away", row.away == away),
        ("away_until", row.away_until == away_until),
        ("off_reason", off_reason == off.map(|off| i64::from(off.reason.code()))),
        ("off_until", off_until == off.and_then(|off| off.until).map(Timestamp::micros)),
    ])
}
