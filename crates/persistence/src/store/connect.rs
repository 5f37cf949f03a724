//! How each database is connected to.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::sqlite::SqliteConnectOptions;

use super::StoreOptions;
use crate::{Error, Result};

pub(super) async fn postgres(options: &StoreOptions) -> Result<DatabaseConnection> {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .statement_timeout(Duration::from_secs(30))
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .set_application_name("evenhand")
        .sqlx_logging(false)
        // A replica that is frozen or cut off holds its locks until its transaction is ended, and
        // nobody waits longer for a lock than a client would.
        .map_sqlx_postgres_opts(|options| {
            options.options([
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "10s"),
                ("tcp_user_timeout", "15s"),
                // Every statement is written so that one plan is right for all values of its
                // placeholders, and to plan one anew costs more than to run it: a page of leads
                // took twice as long, a batch of new leads a seventh longer.
                ("plan_cache_mode", "force_generic_plan"),
            ])
        });
    Ok(Database::connect(connect).await?)
}

/// Pages that the connection which writes keeps in memory, in KiB: at each commit SQLite walks through all
/// of them. What is not among them is near, in the operating system's memory.
const PAGES_OF_WRITER: &str = "-16384";

/// The same of each connection that reads.
const PAGES_OF_READERS: &str = "-65536";

pub(super) async fn sqlite_writer(options: &StoreOptions) -> Result<DatabaseConnection> {
    sqlite(options, 1, PAGES_OF_WRITER).await
}

pub(super) async fn sqlite_readers(options: &StoreOptions) -> Result<DatabaseConnection> {
    sqlite(options, options.max_connections, PAGES_OF_READERS).await
}

async fn sqlite(
    options: &StoreOptions,
    connections: u32,
    pages: &'static str,
) -> Result<DatabaseConnection> {
    let mut connect = ConnectOptions::new(options.url.clone());
    connect
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(false)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(5))
                // Rows are inserted by a statement for each number of them (`rows`).
                .statement_cache_capacity(512)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                // What is deleted or overwritten is gone from the file as well.
                .pragma("secure_delete", "ON")
                .pragma("cache_size", pages)
                .pragma("mmap_size", "268435456")
                // What was not written back beside the commits (`write_back`) is at this length, so
                // that the log can begin anew.
                .pragma("wal_autocheckpoint", "16000")
                // What a statement may have to take back is kept in memory, not in a file of its own.
                .pragma("temp_store", "MEMORY")
        });
    Ok(Database::connect(connect).await?)
}

/// The file of a SQLite URL, as the driver itself reads it.
pub(super) fn file_of(url: &str) -> Result<PathBuf> {
    let options = SqliteConnectOptions::from_str(url).map_err(|_| {
        Error::Unavailable(DbErr::Custom("not a SQLite URL: sqlite://FILE".to_owned()))
    })?;
    Ok(options.get_filename().to_path_buf())
}
