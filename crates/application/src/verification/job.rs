//! The job behind a verification of a long ledger. Each process takes what no other is at, notes how
//! far it has come about once a second, and what another left off is taken up there.

use evenhand_distribution::verify::{self, Progress};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
use evenhand_domain::verification::{Proofs, Verdict};
use evenhand_identity::heads::HeadKeys;
use evenhand_persistence::verifications::{self, Verification};

use super::{Kept, proofs};
use crate::Services;
use crate::off_boarding::Process;

/// The longest from one note of progress to the next, in microseconds; much shorter than the lease.
const NOTE_EVERY: i64 = 1_000_000;

/// Works at every verification that runs, whosever, and that no other process is at; returns when
/// there is none, or `go_on` says so.
///
/// # Errors
/// Unavailability: what is left is taken up by a later call, of this process or another.
pub async fn work(
    services: &Services,
    process: Process,
    go_on: impl Fn() -> bool,
) -> Result<(), Error> {
    while go_on() && is_waiting(services).await {
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        let claimed = verifications::claim(&mut tx, process.name(), now).await?;
        tx.commit().await?;
        let Some(claimed) = claimed else { return Ok(()) };
        run(services, process, claimed, &go_on).await?;
    }
    Ok(())
}

/// Asked all the time: a database that is away is not worth a line each time.
async fn is_waiting(services: &Services) -> bool {
    match verifications::is_waiting(&services.store, services.clock.now()).await {
        Ok(is_waiting) => is_waiting,
        Err(error) => {
            tracing::debug!(error = ?error, "verifications cannot be looked for");
            false
        }
    }
}

async fn run(
    services: &Services,
    process: Process,
    mut claimed: Verification,
    go_on: &impl Fn() -> bool,
) -> Result<(), Error> {
    let keys = HeadKeys::load(&services.store).await?;
    let open = |jws: &str| keys.open(jws).map(|opened| (opened.head, opened.signed_at));
    // A key that was withdrawn meanwhile proves nothing any more; what else there is still counts.
    let kept = Kept::from_json(&claimed.kept);
    let kept = proofs(&keys, &claimed.ledger, kept).unwrap_or_default();
    let progress = (claimed.entries > 0).then(|| Progress {
        entry: claimed.entries,
        departed: claimed.departed.clone(),
        decisions: claimed.decisions,
    });
    let snapshot = services.store.snapshot().await?;
    let begun =
        verify::Verification::begin(&snapshot, claimed.ledger, Proofs::new(kept), &open, progress);
    let mut verification = begun.await?;
    let mut noted = None;
    while go_on() {
        let verdict = verification.next(&snapshot).await?;
        claimed.total = verification.done().1;
        if let Some(verdict) = verdict {
            return finish(services, process, &claimed, &verdict).await;
        }
        let now = services.clock.now();
        if is_due(noted, now)
            && let Some(progress) = verification.progress()
        {
            (claimed.entries, claimed.turns) = (progress.entry, verification.turns());
            (claimed.departed, claimed.decisions) = (progress.departed, progress.decisions);
            if !note(services, process, &claimed).await? {
                return Ok(());
            }
            noted = Some(now);
        }
    }
    Ok(())
}

/// Whether it is time to note progress: with the first chunk, and where a clock was set back.
fn is_due(noted: Option<Timestamp>, now: Timestamp) -> bool {
    noted.is_none_or(|noted| !(0..NOTE_EVERY).contains(&(now.micros() - noted.micros())))
}

async fn note(
    services: &Services,
    process: Process,
    claimed: &Verification,
) -> Result<bool, Error> {
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let is_mine = verifications::save_progress(&mut tx, claimed, process.name(), now).await?;
    tx.commit().await?;
    evenhand_distribution::crash::point(evenhand_distribution::crash::VERIFIED);
    Ok(is_mine)
}

async fn finish(
    services: &Services,
    process: Process,
    claimed: &Verification,
    verdict: &Verdict,
) -> Result<(), Error> {
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    verifications::finish(&mut tx, claimed, process.name(), verdict, now).await?;
    Ok(tx.commit().await?)
}
