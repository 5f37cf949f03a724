//! Where dry runs are worked on, so that they take nothing from those who serve requests.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::Duration;

use evenhand_distribution::simulate::Budget;
use evenhand_domain::error::{Error, Unavailable};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Dry runs at a time: each keeps a processor busy, and half of them are for leads. Others stand in
/// line.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    Semaphore::new((processors / 2).max(1))
});

/// The most who stand in line for a dry run or have one going.
static LINE: Semaphore = Semaphore::const_new(32);

/// When it is worth asking again.
const LATER: Duration = Duration::from_secs(5);

/// A place in line that has come to its turn.
pub(super) struct Place {
    in_line: SemaphorePermit<'static>,
    processor: SemaphorePermit<'static>,
}

impl Place {
    /// Stands in line.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many do.
    pub(super) async fn wait_for() -> Result<Self, Error> {
        let in_line = LINE.try_acquire();
        let in_line = in_line.map_err(|_| Error::Unavailable(Unavailable::DryRuns, LATER))?;
        let processor = PLACES.acquire().await.map_err(Error::internal)?;
        Ok(Self { in_line, processor })
    }

    /// Does work that keeps a processor busy where no request waits for it. The place is taken until
    /// it is done, whether or not somebody still waits for what comes of it.
    ///
    /// # Errors
    /// When the work panics.
    pub(super) async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce(Budget) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let abandoned = Abandoned::default();
        let budget = Budget::new(Arc::clone(&abandoned.0));
        let worked = tokio::task::spawn_blocking(move || {
            let done = work(budget);
            drop((self.processor, self.in_line));
            done
        });
        worked.await.map_err(Error::internal)
    }
}

/// Set when whoever waits is gone.
#[derive(Default)]
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
