//! Work that nobody waits for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use evenhand_application::{Services, heads, lead_search, off_boarding, verification};
use evenhand_distribution::waiting;
use evenhand_persistence::{
    Store, idempotency, outgoing_mail, password_resets, throttles, verifications,
};
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinHandle;

use crate::clock::SystemClock;

/// How often expired idempotency keys are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// How long a letter that was sent or given up is remembered: whether it was, not what it said.
const LETTERS_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a link for a new password is remembered after its time, for counting.
const RESETS_KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the keys that sign are read again.
const FOLLOW_KEYS_EVERY: Duration = Duration::from_secs(30);

/// How often the clock is compared with the database's.
const FOLLOW_EVERY: Duration = Duration::from_secs(30);

/// How often the heads of ledgers are signed.
const SIGN_EVERY: Duration = Duration::from_secs(60);

/// How often leads of deactivated users are looked for that are still to be moved: somebody waits
/// for those, on whichever replica.
const MOVE_EVERY: Duration = Duration::from_millis(500);

/// How often leads that wait are looked for that may be dealt by now: at midnight, at the end of a
/// pause, after a change on another replica. What changes on this one wakes it at once.
const DEAL_EVERY: Duration = Duration::from_millis(500);

/// How often leads are looked for that may be found by something else by now: what other processes
/// wrote. What this one did wakes it at once.
const INDEX_EVERY: Duration = Duration::from_millis(500);

/// How often SQLite's log of changes is written back where hardly anybody writes.
const WRITE_BACK_EVERY: Duration = Duration::from_secs(60);

/// How often verifications are looked for that are to be gone on with: somebody waits for those too.
const VERIFY_EVERY: Duration = Duration::from_millis(500);

/// How long what a verification found is remembered.
const VERDICTS_KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Rows per transaction, so that nobody waits long for the writer.
const AT_ONCE: u32 = 500;

/// Starts all of it; each task ends soon after `stop` turns true.
pub(crate) fn start(
    services: &Services,
    clock: &Arc<SystemClock>,
    stop: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let (store, services, clock) = (services.store.clone(), services.clone(), Arc::clone(clock));
    let (followed, letters) = (store.clone(), store.clone());
    let (attempts, keys) = (store.clone(), services.clone());
    let (moving, stopped) = (services.clone(), stop.clone());
    let process = off_boarding::Process::new(&services);
    let (dealing, going) = (services.clone(), stop.clone());
    let may_deal = Arc::clone(services.store.dealing());
    let (verifying, halted, verdicts) = (services.clone(), stop.clone(), store.clone());
    let (indexing, on) = (services.clone(), stop.clone());
    let may_index = Arc::clone(services.store.indexing());
    let following = Arc::new(Mutex::new(lead_search::Following::default()));
    let (log, is_long) = (store.clone(), Arc::clone(store.writing_back()));
    vec![
        repeat_or_when(WRITE_BACK_EVERY, is_long, stop.clone(), move || {
            let log = log.clone();
            async move {
                if let Err(error) = log.write_back().await {
                    tracing::debug!(error = ?error, "the log of changes is written back later");
                }
            }
        }),
        repeat_or_when(INDEX_EVERY, may_index, stop.clone(), move || {
            let (services, on) = (indexing.clone(), on.clone());
            let following = Arc::clone(&following);
            async move {
                let mut following = following.lock().await;
                let go_on = || !*on.borrow();
                let work = lead_search::work(&services, process, &mut following, go_on);
                if let Err(error) = work.await {
                    tracing::warn!(error = ?error, "the index of leads waits");
                }
            }
        }),
        repeat_or_when(DEAL_EVERY, may_deal, stop.clone(), move || {
            let (services, stopped) = (dealing.clone(), going.clone());
            async move {
                let Services { store, ids, clock, .. } = &services;
                waiting::work(store, ids, clock.now(), || !*stopped.borrow()).await;
            }
        }),
        repeat(FOLLOW_EVERY, stop.clone(), move || {
            let (store, clock) = (followed.clone(), Arc::clone(&clock));
            async move { follow(&store, &clock).await }
        }),
        repeat(FORGET_EVERY, stop.clone(), move || {
            let store = store.clone();
            async move { forget_expired(&store).await }
        }),
        repeat(FORGET_EVERY, stop.clone(), move || {
            let store = letters.clone();
            async move { forget_letters(&store).await }
        }),
        repeat(FORGET_EVERY, stop.clone(), move || {
            let store = attempts.clone();
            async move { forget_attempts(&store).await }
        }),
        repeat(FOLLOW_KEYS_EVERY, stop.clone(), move || {
            let services = keys.clone();
            async move { follow_keys(&services).await }
        }),
        repeat(MOVE_EVERY, stop.clone(), move || {
            let (services, stopped) = (moving.clone(), stopped.clone());
            async move {
                let moved = off_boarding::work(&services, process, || !*stopped.borrow()).await;
                if let Err(error) = moved {
                    tracing::warn!(error = ?error, "leads of deactivated users wait");
                }
            }
        }),
        repeat(VERIFY_EVERY, stop.clone(), move || {
            let (services, stopped) = (verifying.clone(), halted.clone());
            async move {
                let verified = verification::work(&services, process, || !*stopped.borrow()).await;
                if let Err(error) = verified {
                    tracing::warn!(error = ?error, "verifications wait");
                }
            }
        }),
        repeat(FORGET_EVERY, stop.clone(), move || {
            let store = verdicts.clone();
            async move { forget_verdicts(&store).await }
        }),
        repeat(SIGN_EVERY, stop.clone(), move || {
            let services = services.clone();
            async move {
                match heads::sign_heads(&services).await {
                    Ok(signed) => tracing::debug!(signed, "heads of ledgers signed"),
                    Err(error) => tracing::warn!(error = ?error, "heads of ledgers wait"),
                }
            }
        }),
    ]
}

fn repeat<F, W>(every: Duration, stop: watch::Receiver<bool>, work: F) -> JoinHandle<()>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    repeat_or_when(every, Arc::default(), stop, work)
}

/// As [`repeat`], and whenever it is woken.
fn repeat_or_when<F, W>(
    every: Duration,
    woken: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
    mut work: F,
) -> JoinHandle<()>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(every);
        loop {
            tokio::select! {
                _ = tick.tick() => work().await,
                () = woken.notified() => work().await,
                changed = stop.changed() => {
                    if changed.is_err() || *stop.borrow() {
                        return;
                    }
                }
            }
        }
    })
}

/// Keeps the clock with the database's. What is less than a round trip may take is left alone.
async fn follow(store: &Store, clock: &SystemClock) {
    match store.clock_skew().await {
        Ok(skew) if skew.abs() > 20_000 => clock.adjust(skew),
        Ok(_) => {}
        Err(error) => tracing::debug!(error = ?error, "the database did not say what time it is"),
    }
}

async fn forget_expired(store: &Store) {
    loop {
        let forgotten = async {
            let mut tx = store.begin().await?;
            let forgotten = idempotency::forget_expired(&mut tx, AT_ONCE).await?;
            tx.commit().await?;
            Ok::<_, evenhand_persistence::Error>(forgotten)
        };
        match forgotten.await {
            Ok(rows) if rows >= u64::from(AT_ONCE) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(error = ?error, "expired idempotency keys stay for now");
                return;
            }
        }
    }
}

async fn forget_letters(store: &Store) {
    let forgotten = async {
        let mut tx = store.begin().await?;
        let before = tx.now().await?.before(LETTERS_KEPT_FOR);
        let forgotten = outgoing_mail::forget(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        Ok::<_, evenhand_persistence::Error>(forgotten)
    };
    match forgotten.await {
        Ok(forgotten) => tracing::debug!(forgotten, "old letters forgotten"),
        Err(error) => tracing::warn!(error = ?error, "old letters stay for now"),
    }
}

async fn forget_verdicts(store: &Store) {
    let forgotten = async {
        let mut tx = store.begin().await?;
        let before = tx.now().await?.before(VERDICTS_KEPT_FOR);
        let forgotten = verifications::forget(&mut tx, before, AT_ONCE).await?;
        tx.commit().await?;
        Ok::<_, evenhand_persistence::Error>(forgotten)
    };
    match forgotten.await {
        Ok(forgotten) => tracing::debug!(forgotten, "old verifications forgotten"),
        Err(error) => tracing::warn!(error = ?error, "old verifications stay for now"),
    }
}

/// Failed attempts that say nothing any more, and links for new passwords that are long dead.
async fn forget_attempts(store: &Store) {
    loop {
        let forgotten = async {
            let mut tx = store.begin().await?;
            let before = tx.now().await?.before(RESETS_KEPT_FOR);
            let attempts = throttles::forget_expired(&mut tx, AT_ONCE).await?;
            let resets = password_resets::forget(&mut tx, before, AT_ONCE).await?;
            tx.commit().await?;
            Ok::<_, evenhand_persistence::Error>(attempts.max(resets))
        };
        match forgotten.await {
            Ok(rows) if rows >= u64::from(AT_ONCE) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(error = ?error, "old failed attempts stay for now");
                return;
            }
        }
    }
}

/// Takes over keys that were made or withdrawn since.
async fn follow_keys(services: &Services) {
    if let Err(error) = services.tokens.keyring().follow(services.clock.now()).await {
        tracing::warn!(error = ?error, "the signing keys could not be read again");
    }
}
