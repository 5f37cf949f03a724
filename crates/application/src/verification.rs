//! Verifying a rotation, and what was brought to compare it with.

use evenhand_distribution::verify;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::verification::{Proof, ProofKind, ProofOf, Proofs, Verdict};
use evenhand_identity::heads::HeadKeys;
use evenhand_persistence::ledgers::Ledger;

use crate::Services;

/// The most receipts, and the most signed heads, that one verification is compared with.
pub const MAX_KEPT: usize = 100;

/// What somebody kept of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Hashes that were given out with leads, or with entries.
    pub receipts: Vec<Proof>,
    /// Signed heads as they were given out.
    pub heads: Vec<String>,
}

/// Verifies a rotation from its first entry, from one snapshot. Changes nothing and holds nobody up.
///
/// # Errors
/// [`Error::Invalid`] for a head that proves nothing about this rotation; unavailability.
pub async fn verify(services: &Services, ledger: Ledger, kept: Kept) -> Result<Verdict, Error> {
    let keys = HeadKeys::load(&services.store).await?;
    let proofs = Proofs::new(proofs(&keys, &ledger, kept)?);
    let snapshot = services.store.snapshot().await?;
    let open = |jws: &str| keys.open(jws).map(|opened| (opened.head, opened.signed_at));
    Ok(verify::verify(&snapshot, ledger, proofs, &open).await?)
}

/// The proofs in what was kept.
fn proofs(keys: &HeadKeys, ledger: &Ledger, kept: Kept) -> Result<Vec<Proof>, Error> {
    let Kept { receipts, heads } = kept;
    let mut proofs = receipts;
    let mut faults = Faults::default();
    for (index, jws) in heads.iter().enumerate() {
        let pointer = format!("/heads/{index}");
        match keys.open(jws) {
            None => faults.add(pointer, "invalid_signature", "no key of this service signed it"),
            Some(opened) if opened.withdrawn => {
                faults.add(pointer, "withdrawn_key", "its key was withdrawn: it proves nothing");
            }
            Some(opened) if opened.head.rotation_id != ledger.rotation_id => {
                faults.add(pointer, "other_rotation", "it is of another rotation");
            }
            Some(opened) => proofs.push(Proof {
                of: ProofOf::Entry(opened.head.entry),
                hash: opened.head.hash,
                kind: ProofKind::Head,
            }),
        }
    }
    faults.into_result(proofs)
}
