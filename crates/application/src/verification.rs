//! Verifying a rotation, and what was brought to compare it with.

mod job;

use evenhand_distribution::verify;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::VerificationId;
use evenhand_domain::verification::{Proof, ProofKind, ProofOf, Proofs, Verdict};
use evenhand_identity::heads::HeadKeys;
use evenhand_persistence::ledgers::{self, Ledger};
use evenhand_persistence::verifications::{self, Verification};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::Services;

pub use job::work;

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

/// The most entries that are verified for one answer; more are verified by a job behind it.
const AT_ONCE: u64 = 50_000;

/// Verifications for answers at a time: each keeps a connection, and leads need those too. Others
/// stand in line.
static PLACES: Semaphore = Semaphore::const_new(2);

/// What comes of asking for a verification.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// It is done.
    Done(Verdict),
    /// It goes on behind the answer.
    Running(Box<Verification>),
}

/// Verifies a rotation at once, or by a job where its ledger is long or `later` asks for one. Who asks
/// for the same while a job is at it gets that one.
///
/// # Errors
/// As [`verify`].
pub async fn ask(
    services: &Services,
    ledger: Ledger,
    kept: Kept,
    later: bool,
) -> Result<Asked, Error> {
    if !later && !ledgers::is_longer_than(&services.store, &ledger, AT_ONCE).await? {
        return Ok(Asked::Done(verify(services, ledger, kept).await?));
    }
    let keys = HeadKeys::load(&services.store).await?;
    proofs(&keys, &ledger, kept.clone())?;
    let (total, _) = ledgers::last(&services.store, &ledger).await?;
    let stored = kept.to_json();
    let hash = Sha256::digest(stored.to_string()).into();
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let id: VerificationId = services.ids.next(now);
    let begun = verifications::begin(&mut tx, id, &ledger, (&stored, hash), total, now).await?;
    tx.commit().await?;
    Ok(Asked::Running(Box::new(begun)))
}

/// Verifies a rotation from its first entry, from one snapshot. Changes nothing and holds nobody up.
///
/// # Errors
/// [`Error::Invalid`] for a head that proves nothing about this rotation; unavailability.
pub async fn verify(services: &Services, ledger: Ledger, kept: Kept) -> Result<Verdict, Error> {
    let keys = HeadKeys::load(&services.store).await?;
    let proofs = Proofs::new(proofs(&keys, &ledger, kept)?);
    let _place = PLACES.acquire().await.map_err(Error::internal)?;
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

impl Kept {
    fn to_json(&self) -> Value {
        let receipts = self.receipts.iter().map(|proof| match proof.of {
            ProofOf::Entry(entry) => json!({"entry": entry, "hash": proof.hash.to_string()}),
            ProofOf::Lead(lead) => json!({"lead_id": lead, "hash": proof.hash.to_string()}),
        });
        json!({"receipts": receipts.collect::<Vec<_>>(), "heads": self.heads})
    }

    /// What [`Kept::to_json`] made; what cannot be read is left out, for it was read before.
    fn from_json(kept: &Value) -> Self {
        let texts = |list: &Value| -> Vec<Value> { list.as_array().cloned().unwrap_or_default() };
        let receipt = |receipt: &Value| {
            let lead = receipt["lead_id"].as_str().and_then(|lead| lead.parse().ok());
            let of = receipt["entry"].as_u64().map(ProofOf::Entry).or(lead.map(ProofOf::Lead))?;
            let hash = receipt["hash"].as_str()?.parse().ok()?;
            Some(Proof { of, hash, kind: ProofKind::Receipt })
        };
        Self {
            receipts: texts(&kept["receipts"]).iter().filter_map(receipt).collect(),
            heads: texts(&kept["heads"])
                .iter()
                .filter_map(|head| head.as_str().map(str::to_owned))
                .collect(),
        }
    }
}
