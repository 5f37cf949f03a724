//! How even a rotation was over a period, worked out by doing its decisions again.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::fairness::Fairness;
use evenhand_domain::rotation::{CHECKPOINT_EVERY, EntryKind, Hash, Replay};
use sea_orm::{FromQueryResult, Value};

use super::{Ledger, RawEntry, between, checkpoints, last, signed};
use crate::{Error, Read, Result};

/// Entries in memory at a time.
const CHUNK: u64 = 2 * CHECKPOINT_EVERY;

/// The most entries of a period.
const MOST_ENTRIES: u64 = 200_000;

/// The most looks at a member: entries times members.
const MOST_LOOKS: u64 = 10_000_000;

/// From one instant until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant behind it.
    pub to: Timestamp,
}

/// What came of weighing a period.
#[derive(Debug, Clone, PartialEq)]
pub enum Weighed {
    /// How even it was.
    Fairness(Fairness),
    /// It has more decisions than are done again for one answer.
    TooMuch,
}

/// How even a rotation was over a period. Reads from the last checkpoint before it, chunk by chunk.
///
/// # Errors
/// [`Error::Corrupt`] when the ledger does not replay to itself; or when the database fails.
pub async fn fairness(db: &impl Read, ledger: &Ledger, period: Period) -> Result<Weighed> {
    let (end, _) = last(db, ledger).await?;
    let first = first_from(db, ledger, period.from, end).await?;
    let behind = first_from(db, ledger, period.to, end).await?;
    let entries = behind.saturating_sub(first);
    if entries > MOST_ENTRIES {
        return Ok(Weighed::TooMuch);
    }
    let mut fairness = Fairness::default();
    let (mut replay, mut after) = start(db, ledger, first).await?;
    if after + 1 == first {
        present(&replay, &mut fairness);
    }
    while after + 1 < behind {
        let rows = between(db, ledger, after, (after + CHUNK).min(behind - 1)).await?;
        if rows.is_empty() {
            return Err(Error::corrupt(format!("no entry {} of {ledger:?}", after + 1)));
        }
        for row in &rows {
            let is_in_it = after + 1 >= first;
            apply(&mut replay, row, is_in_it.then_some(&mut fairness))?;
            after += 1;
            if after + 1 == first {
                present(&replay, &mut fairness);
            }
        }
        let members = replay.state().map_or(0, |state| state.members.len());
        if entries.saturating_mul(u64::try_from(members).unwrap_or(u64::MAX)) > MOST_LOOKS {
            return Ok(Weighed::TooMuch);
        }
    }
    Ok(Weighed::Fairness(fairness))
}

/// Whoever is a member as the period begins.
fn present(replay: &Replay, fairness: &mut Fairness) {
    let members = replay.state().into_iter().flat_map(|state| &state.members);
    members.for_each(|member| fairness.present(member.user_id));
}

fn apply(replay: &mut Replay, row: &RawEntry, fairness: Option<&mut Fairness>) -> Result<()> {
    let damaged = |what: String| Error::corrupt(format!("ledger entry {}: {what}", row.entry));
    let stored = row.stored().map_err(|column| damaged(column.to_owned()))?;
    let Some(fairness) = fairness else {
        return replay.check(&stored).map_err(|fault| damaged(format!("{fault:?}")));
    };
    let told = replay.apply(&stored).map_err(|fault| damaged(format!("{fault:?}")))?;
    match (stored.kind, stored.user_id) {
        (EntryKind::MemberAdded, Some(user)) => fairness.joined(user, stored.at),
        (EntryKind::MemberRemoved, Some(user)) => fairness.left(user, stored.at),
        _ => {}
    }
    if let Some(explanation) = told.explanation {
        fairness.tell(&explanation);
    }
    Ok(())
}

/// A replay that is at the last checkpoint before an entry, and the number of the entry it is at.
async fn start(db: &impl Read, ledger: &Ledger, first: u64) -> Result<(Replay, u64)> {
    let at = first.saturating_sub(1) / CHECKPOINT_EVERY * CHECKPOINT_EVERY;
    if at == 0 {
        return Ok((Replay::from_start(ledger.organization_id, ledger.rotation_id), 0));
    }
    let missing = || Error::corrupt(format!("no checkpoint {at} of {ledger:?}"));
    let checkpoint = checkpoints(db, ledger, at - 1, at).await?.pop().ok_or_else(missing)?;
    let row = between(db, ledger, at - 1, at).await?.pop().ok_or_else(missing)?;
    let hash: [u8; 32] = row.hash.try_into().map_err(|_| missing())?;
    let replay = Replay::from_checkpoint(&checkpoint.body, Hash::from_bytes(hash));
    Ok((replay.map_err(|fault| Error::corrupt(format!("checkpoint {at}: {fault:?}")))?, at))
}

#[derive(FromQueryResult)]
struct AtRow {
    at: i64,
}

/// The first entry at an instant or later; the one behind the last where there is none. Entries never
/// go back in time, so it is found by halving.
async fn first_from(db: &impl Read, ledger: &Ledger, from: Timestamp, end: u64) -> Result<u64> {
    let (mut low, mut high) = (1, end + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let sql = "SELECT at FROM rotation_ledger WHERE organization_id = $1 AND rotation_id = $2 \
                   AND entry = $3";
        let mut values = ledger.key();
        values.push(Value::from(signed(middle)));
        let row: Option<AtRow> = db.db().one(sql, values).await?;
        let row = row.ok_or_else(|| Error::corrupt(format!("no entry {middle} of {ledger:?}")))?;
        if row.at < from.micros() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
