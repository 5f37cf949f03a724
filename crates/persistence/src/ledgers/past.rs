//! A period of a ledger in memory, with the state before it.

use std::collections::BTreeSet;

use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{CHECKPOINT_EVERY, Content, Record, RotationState};

use super::period::{replay_before, span};
use super::{Ledger, Period, RawEntry, between};
use crate::{Error, Read, Result};

/// Entries per read.
const CHUNK: u64 = 4 * CHECKPOINT_EVERY;

/// What was of a rotation when a period began, and what happened in it.
#[derive(Debug, Clone)]
pub struct Past {
    /// The state before the first of the entries.
    pub before: RotationState,
    /// The entries of the period, without the one that made the rotation.
    pub records: Vec<Record>,
}

impl Past {
    /// Whoever was a member at any time of the period.
    #[must_use]
    pub fn members(&self) -> BTreeSet<UserId> {
        let joined = self.records.iter().filter_map(|record| match &record.content {
            Content::MemberAdded(member) => Some(member.user_id),
            _ => None,
        });
        self.before.members.iter().map(|member| member.user_id).chain(joined).collect()
    }
}

/// What came of reading a period.
#[derive(Debug, Clone)]
pub enum Recalled {
    /// What was and what happened.
    Past(Box<Past>),
    /// The rotation was made after it.
    Nothing,
    /// It has more entries than asked for.
    TooMuch,
}

/// A period of a rotation's ledger, of at most so many entries.
///
/// # Errors
/// [`Error::Corrupt`] when the ledger does not replay to itself; or when the database fails.
pub async fn past(db: &impl Read, ledger: &Ledger, period: Period, most: u64) -> Result<Recalled> {
    let (first, behind) = span(db, ledger, period).await?;
    // Nothing is before the entry that makes the rotation.
    let first = first.max(2);
    if behind < 2 {
        return Ok(Recalled::Nothing);
    }
    if behind.saturating_sub(first) > most {
        return Ok(Recalled::TooMuch);
    }
    let (mut replay, mut after) = replay_before(db, ledger, first).await?;
    let mut records = Vec::new();
    while after + 1 < behind.max(first) {
        let rows = between(db, ledger, after, (after + CHUNK).min(behind.max(first) - 1)).await?;
        if rows.is_empty() {
            return Err(Error::corrupt(format!("no entry {} of {ledger:?}", after + 1)));
        }
        for row in &rows {
            after += 1;
            if after < first {
                let stored = row.stored().map_err(|column| damaged(row, column))?;
                replay.check(&stored).map_err(|fault| damaged(row, &format!("{fault:?}")))?;
            } else {
                let record = Record::decode(&row.body);
                records.push(record.map_err(|fault| damaged(row, &format!("{fault:?}")))?);
            }
        }
    }
    let before = replay.state().cloned();
    let before = before.ok_or_else(|| Error::corrupt(format!("no beginning of {ledger:?}")))?;
    Ok(Recalled::Past(Box::new(Past { before, records })))
}

fn damaged(row: &RawEntry, what: &str) -> Error {
    Error::corrupt(format!("ledger entry {}: {what}", row.entry))
}
