//! Writing SQLite's log of changes back to its file.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_persistence::{Store, StoreOptions};
use futures_util::FutureExt as _;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_780_000_000_000_000)
    }
}

async fn store(file: &Path) -> evenhand_persistence::Result<Store> {
    let options = StoreOptions {
        url: format!("sqlite://{}", file.display()),
        max_connections: 2,
        acquire_timeout: Duration::from_secs(5),
        clock: Arc::new(Fixed),
        clock_offset_micros: 0,
    };
    Store::connect(options).await
}

#[tokio::test]
async fn after_some_commits_the_log_is_due_and_what_was_committed_goes_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let store_a = store(&file).await.unwrap();
    store_a.migrate().await.unwrap();
    let due = || store_a.writing_back().notified().now_or_never().is_some();
    assert!(!due(), "one commit is not worth it");
    for _ in 0..15 {
        store_a.begin().await.unwrap().commit().await.unwrap();
    }
    assert!(due());
    assert!(!due(), "it was said once");
    store_a.begin().await.unwrap().roll_back().await.unwrap();
    // Of the file alone, without its log, nothing can be read that was not written back.
    std::fs::copy(&file, &copy).unwrap();
    assert!(!store(&copy).await.unwrap().is_migrated().await.unwrap());
    store_a.write_back().await.unwrap();
    std::fs::copy(&file, &copy).unwrap();
    assert!(store(&copy).await.unwrap().is_migrated().await.unwrap());
}
