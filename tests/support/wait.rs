//! Waiting for something to become true. Nothing here waits for a time and hopes.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Looks again and again until `look` finds something; panics when it has not for a minute.
pub(crate) async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "waited for a minute: {what}");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The result of `work`; panics when there is none within a minute.
pub(crate) async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, work).await;
    result.unwrap_or_else(|_| panic!("waited for a minute: {what}"))
}
