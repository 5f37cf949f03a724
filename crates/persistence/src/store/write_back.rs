//! Writing SQLite's log of changes back to its file. SQLite does so by itself, within a commit, and
//! everybody who writes waits for it: here it is done beside them, and what SQLite does is little.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;
use tokio::sync::{Mutex, Notify};

use super::{Dialect, Store};
use crate::Result;

/// Commits from one time to the next.
const COMMITS: u32 = 16;

/// When the log is to be written back, and whose turn it is.
#[derive(Debug, Default)]
pub(super) struct WriteBack {
    commits: AtomicU32,
    due: Arc<Notify>,
    /// SQLite fails the second of two who do it at once.
    turn: Mutex<()>,
}

impl WriteBack {
    /// Takes note of a commit.
    pub(super) fn note_commit(&self) {
        if self.commits.fetch_add(1, Ordering::Relaxed) % COMMITS == COMMITS - 1 {
            self.due.notify_one();
        }
    }
}

impl Store {
    /// Woken when SQLite's log is worth writing back ([`Store::write_back`]).
    #[must_use]
    pub fn writing_back(&self) -> &Arc<Notify> {
        &self.write_back.due
    }

    /// Writes back what is in SQLite's log, as far as no reader needs it as it was; nobody waits for
    /// it. Nothing to do on PostgreSQL.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_back(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            let _turn = self.write_back.turn.lock().await;
            self.reader.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await?;
        }
        Ok(())
    }

    /// Has the database file hold nothing any more that was deleted before: SQLite's log of changes is
    /// written to the file and begins anew. PostgreSQL does so by itself, later (vacuum, and the end
    /// of its own log's retention).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn overwrite_deleted(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            let _turn = self.write_back.turn.lock().await;
            self.writer.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }
}
