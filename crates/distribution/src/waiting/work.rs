//! The service's own work at waiting lists. Every replica does it; each rotation is taken under its
//! lock, so that each lead is dealt once, whatever becomes of a process.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::IdSource;
use evenhand_persistence::rotations::{self, Attempt};
use evenhand_persistence::{Error as StoreError, Store};
use futures_util::FutureExt;

use super::drain::{AT_ONCE, drain, settle};
use super::joined::follow;
use crate::crash;

/// Rotations that are asked for at once.
const PAGE: u32 = 50;

/// Transactions for one rotation before the next one has its turn: at midnight many are due.
const ROUNDS: u32 = 10;

/// For so long a rotation is left alone at which an attempt failed.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Deals the leads that wait for rotations, whosever, at which somebody may be eligible by `now`;
/// what is left of a long list is left to the next call. Returns when each of these rotations had its
/// turn, or as soon as `go_on` says so.
pub async fn work(store: &Store, ids: &IdSource, now: Timestamp, go_on: impl Fn() -> bool) {
    let mut after = None;
    while go_on() {
        // Asked all the time: a database that is away is not worth a line each time.
        let due = match rotations::due(store, now, after, PAGE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::debug!(error = ?error, "waiting leads cannot be looked for");
                return;
            }
        };
        let Some(last) = due.last() else { return };
        after = Some(*last);
        for attempt in due {
            if !go_on() {
                return;
            }
            take(store, ids, attempt).await;
        }
    }
}

async fn take(store: &Store, ids: &IdSource, attempt: Attempt) {
    let Attempt { rotation_id, .. } = attempt;
    match AssertUnwindSafe(drain_list(store, ids, attempt)).catch_unwind().await {
        Ok(Ok(())) => return,
        Ok(Err(error)) if error.is_passing() => {
            tracing::warn!(error = ?error, %rotation_id, "waiting leads are not dealt for now");
            return;
        }
        Ok(Err(error)) => tracing::error!(error = ?error, %rotation_id, "waiting leads wait on"),
        Err(_) => tracing::error!(%rotation_id, "dealing waiting leads panicked"),
    }
    let postponed = async {
        let mut tx = store.begin().await?;
        rotations::postpone(&mut tx, attempt, AFTER_FAILURE).await?;
        tx.commit().await
    };
    if let Err(error) = postponed.await {
        tracing::warn!(error = ?error, %rotation_id, "a failing attempt is not put off");
    }
}

async fn drain_list(store: &Store, ids: &IdSource, attempt: Attempt) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let mut tx = store.begin().await?;
        let free = rotations::lock_free(&mut tx, attempt.organization_id, attempt.rotation_id);
        // Whoever has it locked deals these leads first, or changes something, and it is due again.
        let Some(mut rotation) = free.await? else { return Ok(()) };
        let now = tx.now().await?;
        // In a transaction of its own: leads are locked once in each, all in one order.
        if follow(&mut tx, ids, &mut rotation, now).await? > 0 {
            settle(&mut tx, [&mut rotation], now).await?;
            tx.commit().await?;
            crash::point(crash::DRAINED);
            continue;
        }
        let dealt = drain(&mut tx, ids, [&mut rotation], now).await?;
        rotation.waiting.tried(rotation.waiting.has_leads);
        settle(&mut tx, [&mut rotation], now).await?;
        tx.commit().await?;
        crash::point(crash::DRAINED);
        if dealt < AT_ONCE {
            return Ok(());
        }
    }
    Ok(())
}
