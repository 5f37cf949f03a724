//! Somebody else at work on a PostgreSQL database: a transaction that holds what it took until it
//! lets go.

use tokio_postgres::Client;

use super::cluster::connect;
use super::database::Database;
use super::wait::eventually;

/// An open transaction.
pub(crate) struct Session(Client);

impl Session {
    /// Begins one.
    pub(crate) async fn begin(database: &Database) -> Self {
        let client = connect(database.url()).await;
        client.batch_execute("BEGIN").await.unwrap();
        Self(client)
    }

    /// Begins one that has taken a table for itself: nobody else can even read it.
    pub(crate) async fn with_table(database: &Database, table: &str) -> Self {
        let session = Self::begin(database).await;
        session.run(&format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await;
        session
    }

    /// Begins one that has locked the row of a group's rotation.
    pub(crate) async fn with_rotation(database: &Database, group: &str) -> Self {
        let session = Self::begin(database).await;
        let sql = format!("SELECT id FROM rotations WHERE group_id = '{group}' FOR UPDATE");
        let rows = session.0.query(&sql, &[]).await.unwrap();
        assert_eq!(rows.len(), 1, "one rotation of the group {group}");
        session
    }

    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        self.0.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Keeps everything and lets go.
    pub(crate) async fn commits(self) {
        self.run("COMMIT").await;
    }

    /// Takes everything back and lets go.
    pub(crate) async fn lets_go(self) {
        self.run("ROLLBACK").await;
    }
}

/// Sees what happens on a database without taking part in it.
pub(crate) struct Observer(Client);

impl Observer {
    pub(crate) async fn of(database: &Database) -> Self {
        Self(connect(database.url()).await)
    }

    /// Waits until this many of the servers' transactions wait for a lock.
    pub(crate) async fn sees_waiting(&self, transactions: i64) {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name = 'evenhand' AND wait_event_type = 'Lock'";
        eventually("transactions wait for a lock", || async {
            (self.count(sql).await >= transactions).then_some(())
        })
        .await;
    }

    /// Whether a server's transaction has done nothing for a while and somebody waits for it.
    pub(crate) async fn sees_a_stuck_holder(&self) -> bool {
        let sql = "SELECT count(*) FROM pg_stat_activity waiting \
                   CROSS JOIN unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid) \
                   JOIN pg_stat_activity holding ON holding.pid = blocking.pid \
                   WHERE waiting.datname = current_database() \
                   AND holding.state = 'idle in transaction' \
                   AND holding.state_change < clock_timestamp() - interval '500 milliseconds'";
        self.count(sql).await > 0
    }

    async fn count(&self, sql: &str) -> i64 {
        self.0.query_one(sql, &[]).await.unwrap().get(0)
    }
}
