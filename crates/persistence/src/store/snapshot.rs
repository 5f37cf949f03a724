//! Reading many statements as of one moment.

use std::fmt;

use sea_orm::{
    AccessMode, DatabaseExecutor, DatabaseTransaction, IsolationLevel, TransactionOptions,
};

use super::begin::begin;
use super::{Db, Dialect, Read, Store};
use crate::Result;

/// The database as it was when it was first read through this. Writes nothing and holds nobody up.
pub struct Snapshot {
    inner: DatabaseTransaction,
    dialect: Dialect,
}

impl Store {
    /// A snapshot. Dropping it ends it.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] without a connection.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let options = match self.dialect {
            Dialect::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
            // A transaction of a reader is one: with a write-ahead log it sees no later commit.
            Dialect::Sqlite => TransactionOptions::default(),
        };
        let inner = begin(&self.reader, options).await?;
        Ok(Snapshot { inner, dialect: self.dialect })
    }
}

impl Read for Snapshot {
    fn db(&self) -> Db<'_> {
        Db { executor: DatabaseExecutor::from(&self.inner), dialect: self.dialect }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
