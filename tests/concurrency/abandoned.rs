//! Whoever is gone before their transaction has begun (a client hung up, a deadline passed) leaves
//! none open on the connection that somebody else has next.

use std::pin::pin;

use futures_util::FutureExt as _;

use crate::support::both;
use crate::support::store::open_store;
use crate::support::world::World;

/// Follows something for so many steps at most, and then drops it.
async fn abandon(work: impl Future, steps: usize) {
    let mut work = pin!(work);
    for _ in 0..steps {
        if work.as_mut().now_or_never().is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

both! {
    async fn a_transaction_that_nobody_waits_for_is_ended(database: Database) {
        let acme = World::start(database).await;
        let store = open_store(&acme.database, 1).await;
        for steps in 0..40 {
            abandon(store.begin(), steps).await;
            store.ping().await.unwrap();
            // PostgreSQL refuses to make a snapshot of a transaction that has asked something already.
            drop(store.snapshot().await.unwrap());

            abandon(store.snapshot(), steps).await;
            store.ping().await.unwrap();
            store.begin().await.unwrap().commit().await.unwrap();
            drop(store.snapshot().await.unwrap());
        }
        store.close().await.unwrap();
    }
}
