//! How even a rotation was over a period, worked out by doing its decisions again.

use evenhand_domain::fairness::Fairness;
use evenhand_domain::rotation::{CHECKPOINT_EVERY, EntryKind, Replay};

use super::period::{replay_before, span};
use super::{Ledger, Period, RawEntry, between};
use crate::{Error, Read, Result};

/// Entries in memory at a time.
const CHUNK: u64 = 2 * CHECKPOINT_EVERY;

/// The most entries of a period.
const MOST_ENTRIES: u64 = 200_000;

/// The most looks at a member: entries times members.
const MOST_LOOKS: u64 = 10_000_000;

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
    let (first, behind) = span(db, ledger, period).await?;
    let entries = behind.saturating_sub(first);
    if entries > MOST_ENTRIES {
        return Ok(Weighed::TooMuch);
    }
    let mut fairness = Fairness::default();
    let (mut replay, mut after) = replay_before(db, ledger, first).await?;
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
