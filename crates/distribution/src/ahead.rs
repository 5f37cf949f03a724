//! The transactions of a lane, of which the next begins while the last one commits: beginning one is a
//! trip to the database, which nobody has to wait for who waits for the disk anyway.

use std::future::ready;
use std::pin::pin;

use evenhand_persistence::store::Dialect;
use evenhand_persistence::{Error as StoreError, Store, Tx};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};

type Beginning = BoxFuture<'static, Result<Tx, StoreError>>;

/// At most one transaction that has begun, or is about to. Nothing is read or locked in it.
#[derive(Default)]
pub(crate) struct Ahead(Option<Beginning>);

impl Ahead {
    /// The transaction that was begun, or one that begins now.
    pub(crate) async fn begin(&mut self, store: &Store) -> Result<Tx, StoreError> {
        match self.0.take() {
            Some(beginning) => beginning.await,
            None => store.begin().await,
        }
    }

    /// Commits `tx`. Where `is_next`, the next transaction begins meanwhile: not on SQLite, which has
    /// one writer.
    pub(crate) async fn commit(
        &mut self,
        store: &Store,
        tx: Tx,
        is_next: bool,
    ) -> Result<(), StoreError> {
        if !is_next || store.dialect() == Dialect::Sqlite {
            return tx.commit().await;
        }
        let (committed, beginning) = match select(pin!(tx.commit()), begin(store.clone())).await {
            Either::Left((committed, beginning)) => (committed, beginning),
            Either::Right((begun, commit)) => (commit.await, ready(begun).boxed()),
        };
        committed?;
        self.0 = Some(beginning);
        Ok(())
    }

    /// Takes back what was begun: nobody may come for it.
    pub(crate) fn drop_begun(&mut self) {
        self.0 = None;
    }
}

fn begin(store: Store) -> Beginning {
    async move { store.begin().await }.boxed()
}
