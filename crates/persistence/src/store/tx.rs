//! Transactions that may write.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::{Clock, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use tokio::sync::Notify;

use super::{Dialect, Now, PG_NOW, Read, WriteBack};
use crate::{Error, Result};

/// A transaction that may write.
pub struct Tx {
    pub(super) inner: DatabaseTransaction,
    pub(super) dialect: Dialect,
    pub(super) now: Option<Timestamp>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) clock_offset_micros: i64,
    pub(super) dealing: Arc<Notify>,
    pub(super) indexing: Arc<Notify>,
    pub(super) write_back: Arc<WriteBack>,
    pub(super) wakes: Vec<Arc<Notify>>,
}

impl Tx {
    /// Now, the same for the whole transaction: on PostgreSQL by the database's clock, so that
    /// replicas agree.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn now(&mut self) -> Result<Timestamp> {
        if let Some(now) = self.now {
            return Ok(now);
        }
        let now = match self.dialect {
            Dialect::Sqlite => self.clock.now(),
            Dialect::Postgres => {
                let sql = format!("SELECT {PG_NOW} AS now");
                let row: Option<Now> = self.db().one(&sql, []).await?;
                let row = row.ok_or_else(|| Error::corrupt("no clock"))?;
                Timestamp::from_micros(row.now).shifted(self.clock_offset_micros)
            }
        };
        self.now = Some(now);
        Ok(now)
    }

    /// Waits for locks no longer than `timeout` for the rest of this transaction. On SQLite, whose
    /// write lock this transaction has already, there is nothing to wait for.
    ///
    /// # Errors
    /// When the database cannot be told.
    pub async fn limit_lock_waits(&mut self, timeout: Duration) -> Result<()> {
        if self.dialect == Dialect::Postgres {
            let sql = format!("SET LOCAL lock_timeout = {}", timeout.as_millis().max(1));
            self.inner.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    /// Takes the instant that a first query read along with its data ([`PG_NOW`]; null on SQLite)
    /// as this transaction's now.
    pub(crate) fn set_now(&mut self, database_now: Option<i64>) -> Timestamp {
        *self.now.get_or_insert_with(|| match database_now {
            Some(micros) => Timestamp::from_micros(micros).shifted(self.clock_offset_micros),
            None => self.clock.now(),
        })
    }

    /// Makes everything of this transaction permanent.
    ///
    /// # Errors
    /// When the database does not confirm it; then nothing, or in the case of a lost connection
    /// possibly everything, was stored.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        self.write_back.note_commit();
        self.wakes.iter().for_each(|waiting| waiting.notify_one());
        Ok(())
    }

    /// Takes everything of this transaction back.
    ///
    /// # Errors
    /// When the database cannot be told; nothing was stored then either.
    pub async fn roll_back(self) -> Result<()> {
        Ok(self.inner.rollback().await?)
    }

    /// Wakes `waiting` once this transaction is committed: what it wrote is work for somebody.
    pub fn wake_on_commit(&mut self, waiting: &Arc<Notify>) {
        self.wakes.push(Arc::clone(waiting));
    }

    /// Wakes whoever deals leads that wait, once this transaction is committed.
    pub(crate) fn wake_dealing(&mut self) {
        self.wake_once(Arc::clone(&self.dealing));
    }

    /// Wakes whoever keeps the index of leads, once this transaction is committed.
    pub(crate) fn wake_indexing(&mut self) {
        self.wake_once(Arc::clone(&self.indexing));
    }

    fn wake_once(&mut self, waiting: Arc<Notify>) {
        if !self.wakes.iter().any(|woken| Arc::ptr_eq(woken, &waiting)) {
            self.wakes.push(waiting);
        }
    }
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("now", &self.now).finish_non_exhaustive()
    }
}
