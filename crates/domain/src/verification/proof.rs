//! What somebody kept of a ledger and brings to a verification.

use std::collections::BTreeMap;

use super::{Invalid, Problem};
use crate::ids::LeadId;
use crate::rotation::{Hash, StoredEntry};

/// A hash as it was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// Of which entry.
    pub of: ProofOf,
    /// The hash.
    pub hash: Hash,
    /// How it was given out.
    pub kind: ProofKind,
}

/// Which entry a hash is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofOf {
    /// The one with this number.
    Entry(u64),
    /// A decision on this lead.
    Lead(LeadId),
}

/// How a hash was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    /// With the lead that the entry dealt.
    Receipt,
    /// Signed by the service.
    Head,
}

impl ProofKind {
    /// A word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receipt => "a receipt",
            Self::Head => "a signed head",
        }
    }
}

/// Proofs on their way along a ledger: which of them it has borne out so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proofs {
    open: Vec<Proof>,
    /// The first decision on a lead that has another hash than the proof of it: a later one may be
    /// the one that is meant.
    elsewhere: BTreeMap<usize, (u64, Option<u64>)>,
}

impl Proofs {
    /// Proofs to be borne out.
    #[must_use]
    pub fn new(proofs: Vec<Proof>) -> Self {
        Self { open: proofs, elsewhere: BTreeMap::new() }
    }

    /// Whether none is left to be borne out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Compares them with an entry.
    ///
    /// # Errors
    /// When one of the entry has another hash.
    pub fn meet(&mut self, entry: &StoredEntry<'_>) -> Result<(), Invalid> {
        for (index, proof) in self.open.iter().enumerate() {
            let same = proof.hash == entry.hash;
            match proof.of {
                ProofOf::Entry(number) if number == entry.entry && !same => {
                    let problem = Problem::Proof(proof.kind);
                    return Err(Invalid { entry: number, turn: entry.turn, problem });
                }
                ProofOf::Lead(lead) if entry.lead_id == Some(lead) && !same => {
                    self.elsewhere.entry(index).or_insert((entry.entry, entry.turn));
                }
                _ => {}
            }
        }
        // One that is borne out for a lead is done; one for a number cannot come again.
        let met = |proof: &Proof| proof.hash == entry.hash && proof.is_of(entry);
        if self.open.iter().any(met) {
            let mut kept = Self::default();
            for (index, proof) in self.open.drain(..).enumerate() {
                if !met(&proof) {
                    let place = self.elsewhere.remove(&index);
                    kept.elsewhere.extend(place.map(|place| (kept.open.len(), place)));
                    kept.open.push(proof);
                }
            }
            *self = kept;
        }
        Ok(())
    }

    /// What is wrong when the ledger ends with entry `last`: the first of those that it has not borne
    /// out.
    #[must_use]
    pub fn unmet(&self, last: u64) -> Option<Invalid> {
        let unmet = self.open.iter().enumerate().map(|(index, proof)| {
            match self.elsewhere.get(&index) {
                Some((entry, turn)) => {
                    Invalid { entry: *entry, turn: *turn, problem: Problem::Proof(proof.kind) }
                }
                // Of an entry behind the end, or of a lead that was never decided on.
                None => {
                    let problem = Problem::Missing { told_by: proof.kind.as_str() };
                    Invalid { entry: last + 1, turn: None, problem }
                }
            }
        });
        unmet.min_by_key(|invalid| invalid.entry)
    }
}

impl Proof {
    fn is_of(&self, entry: &StoredEntry<'_>) -> bool {
        match self.of {
            ProofOf::Entry(number) => number == entry.entry,
            ProofOf::Lead(lead) => entry.lead_id == Some(lead),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::rotation::EntryKind;
    use uuid::Uuid;

    const LEAD: LeadId = LeadId::from_uuid(Uuid::from_u128(7));

    fn entry(number: u64, hash: u8) -> StoredEntry<'static> {
        StoredEntry {
            entry: number,
            turn: Some(number),
            kind: EntryKind::Decision,
            at: Timestamp::from_micros(0),
            lead_id: Some(LEAD),
            user_id: None,
            body: &[],
            hash: Hash::from_bytes([hash; 32]),
        }
    }

    fn proof(of: ProofOf, hash: u8) -> Proof {
        Proof { of, hash: Hash::from_bytes([hash; 32]), kind: ProofKind::Receipt }
    }

    #[test]
    fn a_receipt_of_a_lead_that_was_dealt_twice_may_be_of_either_time() {
        let mut proofs = Proofs::new(vec![
            proof(ProofOf::Lead(LEAD), 2),
            proof(ProofOf::Lead(LEAD), 1),
            proof(ProofOf::Lead(LEAD), 3),
        ]);
        proofs.meet(&entry(1, 1)).unwrap();
        proofs.meet(&entry(2, 2)).unwrap();
        let found = proofs.unmet(2).unwrap();
        assert_eq!((found.entry, found.problem.as_str()), (1, "receipt_differs"));
        proofs.meet(&entry(3, 3)).unwrap();
        assert_eq!(proofs.unmet(3), None);
    }

    #[test]
    fn another_hash_and_a_missing_end_are_found() {
        let mut proofs =
            Proofs::new(vec![proof(ProofOf::Entry(1), 1), proof(ProofOf::Entry(3), 1)]);
        assert!(proofs.clone().meet(&entry(1, 2)).is_err());
        proofs.meet(&entry(1, 1)).unwrap();
        proofs.meet(&entry(2, 2)).unwrap();
        let found = proofs.unmet(2).unwrap();
        assert_eq!((found.entry, found.problem.as_str()), (3, "entry_missing"));
    }
}
