//! One chunk: a range of entries done again, and what is stored beside each of them.

use std::collections::BTreeMap;

use evenhand_domain::rotation::{Hash, Undealt};
use evenhand_domain::verification::{Invalid, Problem};
use evenhand_persistence::rotations::Head;
use evenhand_persistence::{Read, Result, ledgers};

use super::{CHUNK, Verification};

/// What came out of the entries of a chunk.
#[derive(Default)]
struct Walked {
    /// Of the entries that were verified.
    hashes: BTreeMap<u64, (Hash, Option<u64>)>,
    checkpoints: BTreeMap<u64, Vec<u8>>,
    undealt: Vec<(u64, Undealt)>,
    fault: Option<Invalid>,
}

impl Verification<'_> {
    /// Verifies the next chunk; what is wrong with the first entry of it that something is wrong
    /// with.
    pub(super) async fn chunk(&mut self, db: &impl Read) -> Result<Option<Invalid>> {
        let after = self.entries;
        let walked = self.walk_on(db, after).await?;
        let last = self.entries;
        let ledger = &self.ledger;
        let found = [
            walked.fault,
            self.checkpoints(db, after, &walked).await?,
            self.heads(db, after, &walked).await?,
            ledgers::unlike(db, ledger, after, last).await?,
            ledgers::other_reason(db, ledger, &walked.undealt).await?,
            ledgers::moved_owner(db, ledger, after, last).await?,
            ledgers::broken_history(db, ledger, after, last).await?,
        ];
        Ok(found.into_iter().flatten().min_by_key(|invalid| invalid.entry))
    }

    async fn walk_on(&mut self, db: &impl Read, after: u64) -> Result<Walked> {
        let rows = ledgers::between(db, &self.ledger, after, after + CHUNK).await?;
        let mut walked = Walked::default();
        if rows.is_empty() {
            let problem = Problem::Missing { told_by: "rotation_ledger" };
            walked.fault = Some(Invalid { entry: after + 1, turn: None, problem });
        }
        for row in &rows {
            let stepped = match row.stored() {
                Ok(stored) => self.walk.step(&stored).map(|step| (stored, step)),
                Err(column) => Err(Invalid {
                    entry: self.entries + 1,
                    turn: None,
                    problem: Problem::Unreadable(column),
                }),
            };
            let (stored, step) = match stepped {
                Ok(stepped) => stepped,
                Err(fault) => {
                    walked.fault = Some(fault);
                    break;
                }
            };
            self.entries = stored.entry;
            self.turns = stored.turn.unwrap_or(self.turns);
            walked.hashes.insert(stored.entry, (stored.hash, stored.turn));
            walked.checkpoints.extend(step.checkpoint.map(|bytes| (stored.entry, bytes)));
            walked.undealt.extend(step.undealt.map(|reason| (stored.entry, reason)));
            if let Err(unlike) = self.proofs.meet(&stored) {
                walked.fault = Some(unlike);
                break;
            }
        }
        Ok(walked)
    }

    /// Each checkpoint is the one that was made again, and there is no other.
    async fn checkpoints(
        &self,
        db: &impl Read,
        after: u64,
        walked: &Walked,
    ) -> Result<Option<Invalid>> {
        let table = "rotation_checkpoints";
        let stored = ledgers::checkpoints(db, &self.ledger, after, self.entries).await?;
        let mut stored: BTreeMap<u64, Vec<u8>> = stored
            .into_iter()
            .filter_map(|row| Some((u64::try_from(row.entry).ok()?, row.body)))
            .collect();
        let mut found = None;
        for (entry, expected) in &walked.checkpoints {
            let problem = match stored.remove(entry) {
                None => Problem::RowMissing { table },
                Some(body) if body != *expected => Problem::Differs { table, column: "body" },
                Some(_) => continue,
            };
            found = Some(walked.at(*entry, problem));
            break;
        }
        let unexpected = stored.keys().next();
        let unexpected =
            unexpected.map(|entry| walked.at(*entry, Problem::RowUnexpected { table }));
        Ok(found.into_iter().chain(unexpected).min_by_key(|invalid| invalid.entry))
    }

    /// Each signed head was signed by this service, for this entry of this rotation, when its row says.
    async fn heads(&self, db: &impl Read, after: u64, walked: &Walked) -> Result<Option<Invalid>> {
        let table = "rotation_heads";
        for row in ledgers::heads_between(db, &self.ledger, after, self.entries).await? {
            let Ok(entry) = u64::try_from(row.entry) else { continue };
            let problem = match (self.open_head)(&row.jws) {
                Some((head, signed_at)) => {
                    let Head { organization_id, rotation_id, entry: of, hash } = head;
                    let key = (organization_id, rotation_id);
                    if key != (self.ledger.organization_id, self.ledger.rotation_id) {
                        Problem::Signature
                    } else if of != entry {
                        Problem::Differs { table, column: "entry" }
                    } else if signed_at != row.signed_at.div_euclid(1_000_000) {
                        Problem::Differs { table, column: "signed_at" }
                    } else if walked.hashes.get(&entry).map(|(hash, _)| *hash) != Some(hash) {
                        Problem::Differs { table, column: "jws" }
                    } else {
                        continue;
                    }
                }
                None => Problem::Signature,
            };
            return Ok(Some(walked.at(entry, problem)));
        }
        Ok(None)
    }
}

impl Walked {
    fn at(&self, entry: u64, problem: Problem) -> Invalid {
        let turn = self.hashes.get(&entry).and_then(|(_, turn)| *turn);
        Invalid { entry, turn, problem }
    }
}
