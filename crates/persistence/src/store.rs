//! Connections and transactions.
//!
//! SQLite takes one writer at a time: a pool of one connection writes, in transactions that take
//! the write lock when they begin (a deferred one fails at its first write when another was
//! faster), and separate connections read. PostgreSQL has one pool for both.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::Clock;
use evenhand_migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DbBackend, DbErr, FromQueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, Value,
};
use tokio::sync::Notify;

use crate::rows::{Insert, Rows};
use crate::{Error, Result};

mod begin;
mod connect;
mod private;
mod snapshot;
#[cfg(feature = "statement-log")]
pub mod statement_log;
mod tx;
mod write_back;

pub use snapshot::Snapshot;
pub use tx::Tx;
use write_back::WriteBack;

/// Serialises migrations of several replicas on PostgreSQL. Any constant will do.
const MIGRATION_LOCK: i64 = 0x4556_454e_4841_4e44;

/// How to reach the database.
#[derive(Clone)]
pub struct StoreOptions {
    /// `sqlite:///absolute/path.db`, `sqlite://relative/path.db` or `postgres://…`.
    pub url: String,
    /// The most connections of the PostgreSQL pool, or of SQLite's readers.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told to come back.
    pub acquire_timeout: Duration,
    /// Now, where the database does not say it.
    pub clock: Arc<dyn Clock>,
    /// Added to what the database says is now; the clock has it already.
    pub clock_offset_micros: i64,
}

/// The database.
#[derive(Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    dialect: Dialect,
    /// SQLite's.
    file: Option<PathBuf>,
    clock: Arc<dyn Clock>,
    clock_offset_micros: i64,
    /// Woken when leads that wait may be dealt.
    dealing: Arc<Notify>,
    /// Woken when what leads are found by may have changed.
    indexing: Arc<Notify>,
    write_back: Arc<WriteBack>,
}

/// Which SQL to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded, one machine.
    Sqlite,
    /// A server, many replicas.
    Postgres,
}

impl Dialect {
    /// The one of two texts that this database understands.
    pub(crate) const fn pick<'a>(self, postgres: &'a str, sqlite: &'a str) -> &'a str {
        match self {
            Self::Postgres => postgres,
            Self::Sqlite => sqlite,
        }
    }
}

impl Store {
    /// Connects; a SQLite file that does not exist is made, private to its owner, and so is its
    /// folder.
    ///
    /// # Errors
    /// When the URL is not understood or the database cannot be reached.
    pub async fn connect(options: StoreOptions) -> Result<Self> {
        let (writer, reader, dialect, file) = if options.url.starts_with("sqlite:") {
            let file = connect::file_of(&options.url)?;
            private::prepare(&file)?;
            let writer = connect::sqlite_writer(&options).await?;
            let reader = connect::sqlite_readers(&options).await?;
            private::tighten(&file)?;
            (writer, reader, Dialect::Sqlite, Some(file))
        } else {
            let pool = connect::postgres(&options).await?;
            (pool.clone(), pool, Dialect::Postgres, None)
        };
        Ok(Self {
            writer,
            reader,
            dialect,
            file,
            clock: options.clock,
            clock_offset_micros: options.clock_offset_micros,
            dealing: Arc::new(Notify::new()),
            indexing: Arc::new(Notify::new()),
            write_back: Arc::default(),
        })
    }

    /// Which database this is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Woken by the commits of this process after which leads that wait may be dealt.
    #[must_use]
    pub const fn dealing(&self) -> &Arc<Notify> {
        &self.dealing
    }

    /// Woken by the commits of this process after which leads may be found by something else.
    #[must_use]
    pub const fn indexing(&self) -> &Arc<Notify> {
        &self.indexing
    }

    /// Begins a transaction that may write. Dropping it rolls back.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without a connection, [`Error::Busy`] when SQLite's write lock is
    /// held too long by another process.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: match self.dialect {
                Dialect::Sqlite => Some(SqliteTransactionMode::Immediate),
                Dialect::Postgres => None,
            },
            ..TransactionOptions::default()
        };
        let inner = begin::begin(&self.writer, options).await?;
        Ok(Tx {
            inner,
            dialect: self.dialect,
            now: None,
            clock: Arc::clone(&self.clock),
            clock_offset_micros: self.clock_offset_micros,
            dealing: Arc::clone(&self.dealing),
            indexing: Arc::clone(&self.indexing),
            write_back: Arc::clone(&self.write_back),
            wakes: Vec::new(),
        })
    }

    /// Brings the schema up to date, one process at a time, all or nothing.
    ///
    /// # Errors
    /// When a change cannot be made.
    pub async fn migrate(&self) -> Result<()> {
        let tx = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            let sql = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            tx.inner.execute_unprepared(&sql).await?;
        }
        Migrator::up(&tx.inner, None).await?;
        tx.commit().await
    }

    /// Whether the schema is the one this program was built for. Only reads.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_migrated(&self) -> Result<bool> {
        let sql = "SELECT version FROM seaql_migrations";
        let applied: Vec<Applied> = match self.db().all(sql, []).await {
            // The table itself is missing.
            Err(Error::Query(_)) => return Ok(false),
            applied => applied?,
        };
        Ok(Migrator::migrations()
            .iter()
            .all(|known| applied.iter().any(|applied| applied.version == known.name())))
    }

    /// Asks the database for a sign of life: a page of a table, not only a number. On SQLite the
    /// file must still be where it was, or what is written is lost with the process.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        if let Some(file) = &self.file
            && !file.exists()
        {
            let gone = format!("{} is gone", file.display());
            return Err(Error::Unavailable(DbErr::Custom(gone)));
        }
        self.reader.execute_unprepared("SELECT id FROM organizations LIMIT 1").await?;
        Ok(())
    }

    /// How far the database's clock is ahead of this machine's, in microseconds: replicas take
    /// their time from the one they share. Zero on SQLite, whose clock is the machine's.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn clock_skew(&self) -> Result<i64> {
        if self.dialect == Dialect::Sqlite {
            return Ok(0);
        }
        let before = self.clock.now();
        let row: Option<Now> = self.db().one(&format!("SELECT {PG_NOW} AS now"), []).await?;
        let after = self.clock.now();
        let row = row.ok_or_else(|| Error::corrupt("no clock"))?;
        let database = row.now.saturating_add(self.clock_offset_micros);
        let here = before.micros() + (after.micros() - before.micros()) / 2;
        Ok(database - here)
    }

    /// Ends every connection after what they are doing.
    ///
    /// # Errors
    /// When the database does not let go.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        if self.dialect == Dialect::Sqlite {
            self.writer.close().await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

/// PostgreSQL's clock in microseconds; unlike `now()` it does not stop at the transaction's start.
pub(crate) const PG_NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

#[derive(FromQueryResult)]
struct Applied {
    version: String,
}

#[derive(FromQueryResult)]
struct Now {
    now: i64,
}

/// Something that can be read from: the store, or a transaction.
pub trait Read: Sync {
    /// The connection to read by.
    fn db(&self) -> Db<'_>;
}

impl Read for Store {
    fn db(&self) -> Db<'_> {
        Db { executor: DatabaseExecutor::from(&self.reader), dialect: self.dialect }
    }
}

impl Read for Tx {
    fn db(&self) -> Db<'_> {
        Db { executor: DatabaseExecutor::from(&self.inner), dialect: self.dialect }
    }
}

/// A connection with the dialect it speaks.
pub struct Db<'a> {
    executor: DatabaseExecutor<'a>,
    pub(crate) dialect: Dialect,
}

impl<'a> Db<'a> {
    /// For sea-orm's own query builders.
    pub(crate) const fn executor(&self) -> &DatabaseExecutor<'a> {
        &self.executor
    }

    fn statement<I: IntoIterator<Item = Value>>(&self, sql: &str, values: I) -> Statement {
        let backend = match self.dialect {
            Dialect::Sqlite => DbBackend::Sqlite,
            Dialect::Postgres => DbBackend::Postgres,
        };
        let statement = Statement::from_sql_and_values(backend, sql, values);
        #[cfg(feature = "statement-log")]
        statement_log::note(&statement);
        statement
    }

    /// The first row of a query with `$1`, `$2` … (both databases understand them).
    pub(crate) async fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Option<T>> {
        let row = self.executor.query_one_raw(self.statement(sql, values)).await?;
        Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
    }

    /// All rows of a query.
    pub(crate) async fn all<T: FromQueryResult>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>> {
        let rows = self.executor.query_all_raw(self.statement(sql, values)).await?;
        let read: Result<Vec<T>, DbErr> =
            rows.iter().map(|row| T::from_query_result(row, "")).collect();
        Ok(read?)
    }

    /// Runs a statement and gives the number of rows it touched.
    pub(crate) async fn execute(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<u64> {
        let done = self.executor.execute_raw(self.statement(sql, values)).await?;
        Ok(done.rows_affected())
    }

    /// Inserts rows, with the clause `then` behind, and gives the number of rows it touched.
    pub(crate) async fn insert<const N: usize>(
        &self,
        rows: Rows<N>,
        table: &str,
        then: &str,
    ) -> Result<u64> {
        let mut touched = 0;
        for Insert { sql, values, .. } in rows.inserts(self.dialect, table, then) {
            touched += self.execute(&sql, values).await?;
        }
        Ok(touched)
    }

    /// Inserts rows with a clause that returns some of what was inserted.
    pub(crate) async fn insert_returning<T: FromQueryResult, const N: usize>(
        &self,
        rows: Rows<N>,
        table: &str,
        then: &str,
    ) -> Result<Vec<T>> {
        let mut returned = Vec::new();
        for Insert { sql, values, .. } in rows.inserts(self.dialect, table, then) {
            returned.extend(self.all(&sql, values).await?);
        }
        Ok(returned)
    }
}

impl fmt::Debug for Db<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}
