//! The databases that every test runs on: its own, private, thrown away.

use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::cluster::{self, Cluster};

/// One test's database.
pub(crate) struct Database {
    url: String,
    place: Place,
}

enum Place {
    Folder { _folder: TempDir },
    Cluster(&'static Cluster),
}

impl Database {
    /// An SQLite file that does not exist yet, in a folder of its own.
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::Builder::new().prefix("evenhand-test-").tempdir().unwrap();
        let url = format!("sqlite://{}/evenhand.db", folder.path().display());
        Self { url, place: Place::Folder { _folder: folder } }
    }

    /// A PostgreSQL database with the schema; `None` where there is no PostgreSQL.
    pub(crate) async fn postgres() -> Option<Self> {
        let cluster = cluster::shared().await?;
        let url = cluster.migrated_database(&fresh_name()).await;
        Some(Self { url, place: Place::Cluster(cluster) })
    }

    /// A PostgreSQL database without anything in it; `None` where there is no PostgreSQL.
    pub(crate) async fn empty_postgres() -> Option<Self> {
        let cluster = cluster::shared().await?;
        let url = cluster.empty_database(&fresh_name()).await;
        Some(Self { url, place: Place::Cluster(cluster) })
    }

    /// A PostgreSQL database with the schema on a cluster of the test's own.
    pub(crate) async fn on(cluster: &'static Cluster) -> Self {
        let url = cluster.migrated_database(&fresh_name()).await;
        Self { url, place: Place::Cluster(cluster) }
    }

    /// What the server is told.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many servers may work on it: SQLite is for one, PostgreSQL for many.
    pub(crate) const fn replicas(&self) -> usize {
        match self.place {
            Place::Folder { .. } => 1,
            Place::Cluster(_) => 2,
        }
    }

    /// No two transactions ever waited for each other. All servers must have ended.
    pub(crate) async fn expect_no_deadlocks(&self) {
        if let Place::Cluster(cluster) = self.place {
            assert_eq!(cluster.deadlocks(&self.url).await, 0, "deadlocks in {}", self.url);
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Place::Cluster(cluster) = self.place else { return };
        if !cluster.outlives_the_tests() {
            return;
        }
        let (_, name) = self.url.rsplit_once('/').unwrap_or_default();
        let name = name.split('?').next().unwrap_or_default();
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(cluster.execute(&sql));
        });
        let _already_said = dropping.join();
    }
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}
