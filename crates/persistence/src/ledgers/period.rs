//! Periods of a ledger.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::rotation::{CHECKPOINT_EVERY, Hash, Replay};
use sea_orm::{FromQueryResult, Value};

use super::{Ledger, between, checkpoints, last, signed};
use crate::{Error, Read, Result};

/// From one instant until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant behind it.
    pub to: Timestamp,
}

/// The first entry of a period, and the first one behind it.
///
/// # Errors
/// When the database fails.
pub(super) async fn span(db: &impl Read, ledger: &Ledger, period: Period) -> Result<(u64, u64)> {
    let (end, _) = last(db, ledger).await?;
    let first = first_from(db, ledger, period.from, end).await?;
    Ok((first, first_from(db, ledger, period.to, end).await?))
}

/// A replay that is at the last checkpoint before an entry, and the number of the entry it is at.
///
/// # Errors
/// [`Error::Corrupt`] for a checkpoint that is not what it must be; or when the database fails.
pub(super) async fn replay_before(
    db: &impl Read,
    ledger: &Ledger,
    first: u64,
) -> Result<(Replay, u64)> {
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
