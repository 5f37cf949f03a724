//! Verifying a rotation: its ledger from the entries alone, and everything else that is stored of it
//! against what comes out. Reads in chunks from one snapshot, holds nobody up, and can be left and
//! taken up again.

mod chunk;

use std::collections::BTreeMap;

use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{CHECKPOINT_EVERY, Count, Hash};
use evenhand_domain::verification::{Invalid, Problem, Proofs, Verdict, Walk};
use evenhand_persistence::ledgers::{self, Expected, Ledger};
use evenhand_persistence::rotations::Head;
use evenhand_persistence::{Error, Read, Result};

/// Entries per chunk: so that every chunk ends with a checkpoint.
const CHUNK: u64 = 4 * CHECKPOINT_EVERY;

/// A signed head that was opened: what was signed, and when, in seconds since 1970.
pub type OpenedHead = (Head, i64);

/// Opens a signed head; `None` when no key of the service signed it.
pub type OpenHead<'a> = dyn Fn(&str) -> Option<OpenedHead> + Send + Sync + 'a;

/// A verification under way.
pub struct Verification<'a> {
    ledger: Ledger,
    walk: Walk,
    proofs: Proofs,
    open_head: &'a OpenHead<'a>,
    /// The last entry of the ledger, as far as its own rows go.
    last: u64,
    /// Entries and turns that were done again so far.
    entries: u64,
    turns: u64,
}

/// How far a verification has come: all that is needed to go on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The last entry that was verified; one that made a checkpoint.
    pub entry: u64,
    /// What those who left, and have not come back up to it, left with.
    pub departed: BTreeMap<UserId, Count>,
    /// How many decisions there are up to it.
    pub decisions: u64,
}

impl<'a> Verification<'a> {
    /// Begins one at the first entry, or goes on behind `progress`, up to which all is well. What was
    /// brought to compare with (`proofs`) is compared from the first entry on either way.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        db: &impl Read,
        ledger: Ledger,
        mut proofs: Proofs,
        open_head: &'a OpenHead<'a>,
        progress: Option<Progress>,
    ) -> Result<Self> {
        let (last, _) = ledgers::last(db, &ledger).await?;
        let resumed = match progress {
            Some(progress) => resume(db, &ledger, progress).await?,
            None => None,
        };
        let walk =
            resumed.unwrap_or_else(|| Walk::from_start(ledger.organization_id, ledger.rotation_id));
        let (entries, turns) = (walk.entry(), walk.turn());
        meet_again(db, &ledger, &mut proofs, entries).await?;
        Ok(Self { ledger, walk, proofs, open_head, last, entries, turns })
    }

    /// Verifies the next chunk; the verdict once there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, db: &impl Read) -> Result<Option<Verdict>> {
        let is_end = self.entries >= self.last;
        let found = if is_end { self.end(db).await? } else { self.chunk(db).await? };
        Ok((is_end || found.is_some()).then(|| self.verdict(found)))
    }

    /// Entries that were verified so far, and those of the whole ledger.
    #[must_use]
    pub const fn done(&self) -> (u64, u64) {
        (self.entries, self.last)
    }

    /// How far it has come; `None` where it could not go on from.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let resumable = self.entries > 0 && self.entries.is_multiple_of(CHECKPOINT_EVERY);
        resumable.then(|| Progress {
            entry: self.entries,
            decisions: self.walk.decisions(),
            departed: self.walk.departed().clone(),
        })
    }

    /// Turns that were verified so far.
    #[must_use]
    pub const fn turns(&self) -> u64 {
        self.turns
    }

    const fn verdict(&self, first_invalid: Option<Invalid>) -> Verdict {
        Verdict { entries: self.entries, turns: self.turns, first_invalid }
    }

    /// Everything that is compared with the end of the ledger: what is told at the lowest entry.
    async fn end(&self, db: &impl Read) -> Result<Option<Invalid>> {
        let ledger = &self.ledger;
        let at = |entry, problem| Invalid { entry, turn: None, problem };
        let (_, has_odd) = ledgers::last(db, ledger).await?;
        if has_odd {
            return Ok(Some(at(1, Problem::RowUnexpected { table: "rotation_ledger" })));
        }
        let Some(state) = self.walk.state() else {
            return Ok(Some(at(1, Problem::Missing { told_by: "rotations" })));
        };
        let (entry, archived) = (self.entries, self.walk.is_archived());
        let expected = Expected { state, archived, departed: self.walk.departed() };
        let mut found: Vec<Invalid> = Vec::new();
        found.extend(ledgers::difference(db, ledger, &expected).await?);
        if ledgers::count(db, ledger).await? != self.walk.decisions() {
            let stray = ledgers::stray(db, ledger).await?;
            // It may name any number; behind the end they are all alike.
            found.extend(stray.map(|it| Invalid { entry: it.entry.clamp(1, entry + 1), ..it }));
        }
        found.extend(self.proofs.unmet(entry));
        let beyond = ledgers::beyond(db, ledger, entry).await?;
        found.extend(beyond.into_iter().map(|table| match table {
            "rotation_heads" => at(entry + 1, Problem::Missing { told_by: table }),
            table => at(entry, Problem::RowUnexpected { table }),
        }));
        Ok(found.into_iter().min_by_key(|invalid| invalid.entry))
    }
}

/// Compares proofs with the entries up to one that were verified before: none of them differed.
async fn meet_again(db: &impl Read, ledger: &Ledger, proofs: &mut Proofs, last: u64) -> Result<()> {
    let mut after = 0;
    while after < last && !proofs.is_empty() {
        let upto = last.min(after + CHUNK);
        for row in ledgers::between(db, ledger, after, upto).await? {
            if let Ok(stored) = row.stored() {
                // One that differs by now was changed since: the next verification is to find it.
                let _differs = proofs.meet(&stored);
            }
        }
        after = upto;
    }
    Ok(())
}

/// A walk that goes on behind `progress`; `None` when what it would go on from is not what it was.
async fn resume(db: &impl Read, ledger: &Ledger, progress: Progress) -> Result<Option<Walk>> {
    let Progress { entry, departed, decisions } = progress;
    let before = entry.saturating_sub(1);
    let checkpoints = ledgers::checkpoints(db, ledger, before, entry).await?;
    let rows = ledgers::between(db, ledger, before, entry).await?;
    let (Some(checkpoint), Some(row)) = (checkpoints.first(), rows.first()) else {
        return Ok(None);
    };
    let Ok(hash) = <[u8; 32]>::try_from(row.hash.as_slice()) else { return Ok(None) };
    Ok(Walk::resume(&checkpoint.body, Hash::from_bytes(hash), departed, decisions).ok())
}

impl std::fmt::Debug for Verification<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verification").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

/// The whole of a verification at once, from the first entry.
///
/// # Errors
/// When the database fails.
pub async fn verify(
    db: &impl Read,
    ledger: Ledger,
    proofs: Proofs,
    open_head: &OpenHead<'_>,
) -> Result<Verdict, Error> {
    let mut verification = Verification::begin(db, ledger, proofs, open_head, None).await?;
    loop {
        if let Some(verdict) = verification.next(db).await? {
            return Ok(verdict);
        }
    }
}
