//! The database without a server, as an auditor or a task of the service opens it.

use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_persistence::{Store, StoreOptions};

use super::database::Database;

/// Opens it with so many connections, and with a clock that stands still.
pub(crate) async fn open_store(database: &Database, max_connections: u32) -> Store {
    let options = StoreOptions { max_connections, ..options(database, Arc::new(NoClock)) };
    Store::connect(options).await.unwrap()
}

/// How to open it with a clock.
pub(crate) fn options(database: &Database, clock: Arc<dyn Clock>) -> StoreOptions {
    StoreOptions {
        url: database.url().to_owned(),
        max_connections: 4,
        acquire_timeout: Duration::from_secs(30),
        clock,
        clock_offset_micros: 0,
    }
}

/// A clock that nobody asks.
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}
