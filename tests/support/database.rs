//! The databases that every test runs on: its own, private, thrown away.

use std::path::PathBuf;
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

    /// The file of an SQLite database; `None` on PostgreSQL.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite://").map(PathBuf::from)
    }
}

impl Drop for Database {
    /// No two transactions of a test may ever have waited for each other, whatever it was about.
    /// Servers end before their database, so all that happened is in its statistics by now.
    fn drop(&mut self) {
        let Place::Cluster(cluster) = self.place else { return };
        let (url, failed) = (self.url.clone(), std::thread::panicking());
        let ending = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let deadlocks = if failed { 0 } else { cluster.deadlocks(&url).await };
                if cluster.outlives_the_tests() {
                    let name = cluster::database_of(&url);
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    cluster.execute(&sql).await;
                }
                deadlocks
            })
        });
        let ended = ending.join();
        if !failed {
            assert_eq!(ended.unwrap(), 0, "deadlocks in {}", self.url);
        }
    }
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}
