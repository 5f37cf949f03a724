//! Work beside an answer: nobody waits for it, and how long the answer takes does not tell whether
//! there was any.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// So much of it at once; beyond that it is left undone, and the log says so.
const AT_ONCE: u32 = 64;

/// Work beside answers. Clones share it.
#[derive(Clone)]
pub struct Aside(Arc<Semaphore>);

impl Default for Aside {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE as usize)))
    }
}

impl Aside {
    /// Does `work` on its own.
    pub(crate) fn run(&self, what: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        match Arc::clone(&self.0).try_acquire_owned() {
            Ok(permit) => {
                tokio::spawn(async move {
                    work.await;
                    drop(permit);
                });
            }
            Err(_) => tracing::warn!(what, "left undone: too much at once"),
        }
    }

    /// Returns once all that was begun is done. To be called when nothing is begun any more.
    pub async fn finish(&self) {
        // The semaphore is never closed.
        let _all = self.0.acquire_many(AT_ONCE).await;
    }
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Aside").field(&self.0.available_permits()).finish()
    }
}
