//! How long a lane waits for company before its next transaction.
//!
//! Whoever was just answered sends the next lead at once, if at all. A transaction that begins without
//! them costs as much as one with them, and they wait for two. So a lane waits for as many as the last
//! batch and the queue behind it had, while they keep coming, and never for longer than half of what
//! the last batch took. Who sends one lead after the other is waited for by nobody.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// The longest wait for company, of whatever length the last batch was.
const MOST: Duration = Duration::from_millis(12);

/// When nobody has come for so long, nobody is on their way.
const GAP: Duration = Duration::from_millis(2);

/// Whom a lane waits for.
#[derive(Debug)]
pub(crate) struct Linger {
    expected: usize,
    until: Instant,
}

impl Linger {
    /// For nobody.
    pub(crate) fn none() -> Self {
        Self { expected: 0, until: Instant::now() }
    }

    /// After a batch that began at `began`: for so many.
    pub(crate) fn after(began: Instant, expected: usize) -> Self {
        let now = Instant::now();
        Self { expected, until: now + (now.duration_since(began) / 2).min(MOST) }
    }

    /// Moves what comes from the queue to those who wait, until they are as many as expected or
    /// `most`, or nobody comes any more.
    pub(crate) async fn fill<T>(
        &self,
        waiting: &mut VecDeque<T>,
        queue: &mut mpsc::Receiver<T>,
        most: usize,
    ) {
        let wanted = self.expected.min(most);
        let mut taken = Vec::new();
        while waiting.len() < wanted {
            let until = self.until.min(Instant::now() + GAP);
            let coming = queue.recv_many(&mut taken, most - waiting.len());
            match timeout_at(until, coming).await {
                Ok(1..) => waiting.extend(taken.drain(..)),
                Ok(0) | Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::interval_at;

    use super::*;

    const BATCH: Duration = Duration::from_millis(20);

    /// How many a lane waits for, and how long, when one comes in each period.
    async fn gathered(expected: usize, period: Duration, most: usize) -> (usize, Duration) {
        let (sender, mut queue) = mpsc::channel(100);
        let begun = Instant::now();
        let mut period = interval_at(begun + period, period);
        tokio::spawn(async move {
            loop {
                period.tick().await;
                if sender.send(()).await.is_err() {
                    return;
                }
            }
        });
        let mut waiting = VecDeque::new();
        Linger::after(begun - BATCH, expected).fill(&mut waiting, &mut queue, most).await;
        (waiting.len(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_as_before_while_they_keep_coming() {
        let (count, waited) = gathered(6, Duration::from_millis(1), 64).await;
        assert_eq!(count, 6);
        assert!(waited <= Duration::from_millis(7), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_longer_than_half_of_the_last_batch() {
        let (count, waited) = gathered(60, Duration::from_millis(1), 64).await;
        assert!((8..=11).contains(&count), "{count}");
        assert!(waited <= BATCH / 2 + Duration::from_millis(1), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn for_nobody_who_does_not_come() {
        let (count, waited) = gathered(60, Duration::from_secs(1), 64).await;
        assert_eq!(count, 0);
        assert!(waited <= GAP + Duration::from_millis(1), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn for_no_more_than_a_batch_takes() {
        let (count, _) = gathered(60, Duration::from_millis(1), 4).await;
        assert_eq!(count, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn not_where_as_many_wait_already() {
        let (_sender, mut queue) = mpsc::channel::<u8>(1);
        let mut waiting = VecDeque::from([1]);
        let ended = Instant::now();
        Linger::after(ended - BATCH, 1).fill(&mut waiting, &mut queue, 64).await;
        Linger::none().fill(&mut waiting, &mut queue, 64).await;
        assert_eq!(ended.elapsed(), Duration::ZERO);
    }
}
