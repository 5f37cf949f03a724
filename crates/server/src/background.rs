//! Work that nobody waits for.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use evenhand_application::{Services, heads};
use evenhand_persistence::{Store, idempotency};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;

/// How often expired idempotency keys are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// How often the clock is compared with the database's.
const FOLLOW_EVERY: Duration = Duration::from_secs(30);

/// How often the heads of ledgers are signed.
const SIGN_EVERY: Duration = Duration::from_secs(60);

/// Rows per transaction, so that nobody waits long for the writer.
const AT_ONCE: u32 = 500;

/// Starts all of it; each task ends soon after `stop` turns true.
pub(crate) fn start(
    services: &Services,
    clock: &Arc<SystemClock>,
    stop: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let (store, services, clock) = (services.store.clone(), services.clone(), Arc::clone(clock));
    let followed = store.clone();
    vec![
        repeat(FOLLOW_EVERY, stop.clone(), move || {
            let (store, clock) = (followed.clone(), Arc::clone(&clock));
            async move { follow(&store, &clock).await }
        }),
        repeat(FORGET_EVERY, stop.clone(), move || {
            let store = store.clone();
            async move { forget_expired(&store).await }
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

fn repeat<F, W>(every: Duration, mut stop: watch::Receiver<bool>, mut work: F) -> JoinHandle<()>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(every);
        loop {
            tokio::select! {
                _ = tick.tick() => work().await,
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
