//! A lane: one queue, one worker. Whatever arrived while the last transaction ran goes into the next
//! one, whosever it is, and so do those who come right after it ([`Linger`]).
//!
//! What holds one lead up must not hold up the others. A batch that meets a lock for longer than
//! the lock timeout is run again without what is locked; one that fails for another reason is run
//! lead by lead, so that only the guilty one fails.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::error::{Conflict, Error, Unavailable};
use evenhand_domain::ids::IdSource;
use evenhand_domain::routing::Routed;
use evenhand_persistence::Store;
use evenhand_persistence::rotations::KnownMembers;
use evenhand_persistence::users::KnownNames;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::ahead::Ahead;
use crate::batch::{self, Commit, Course, Failure, IsNext, Patience};
use crate::intake::{Submission, Submitted};
use crate::linger::Linger;

/// A submission with whom to tell.
pub(crate) struct Work {
    pub(crate) submission: Submission,
    /// Where the routing rules send it, when it asks them.
    pub(crate) routed: Option<Routed>,
    pub(crate) answer: oneshot::Sender<Result<Submitted, Error>>,
}

/// What a lane works with.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) ids: IdSource,
    /// All lanes know the same.
    pub(crate) known: Arc<Known>,
}

/// What a process need not read again, as long as it still holds.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) members: KnownMembers,
    pub(crate) names: KnownNames,
}

/// For so long after it met a held lock, a lane waits only shortly for others: whoever holds one
/// may be frozen, and is thrown out by the database after ten seconds.
const WARY_FOR: Duration = Duration::from_secs(10);

/// A lane at work.
pub(crate) struct Lane {
    context: Context,
    ahead: Ahead,
    wary_until: Option<Instant>,
}

impl Lane {
    pub(crate) fn new(context: Context) -> Self {
        Self { context, ahead: Ahead::default(), wary_until: None }
    }

    /// Works until `stop` turns true and the queue is empty.
    pub(crate) async fn work(
        mut self,
        mut queue: mpsc::Receiver<Work>,
        mut stop: watch::Receiver<bool>,
        batch: usize,
    ) {
        let mut waiting: VecDeque<Work> = VecDeque::new();
        let mut taken = Vec::with_capacity(batch);
        let mut linger = Linger::none();
        loop {
            linger.fill(&mut waiting, &mut queue, batch).await;
            if waiting.is_empty() {
                // Whoever the next transaction was begun for did not come.
                self.ahead.drop_begun();
                tokio::select! {
                    count = queue.recv_many(&mut taken, batch) => if count == 0 { return },
                    () = stopped(&mut stop) => {
                        queue.close();
                        if queue.recv_many(&mut taken, batch).await == 0 { return }
                    }
                }
                waiting.extend(taken.drain(..));
                linger.fill(&mut waiting, &mut queue, batch).await;
            }
            while waiting.len() < batch
                && let Ok(work) = queue.try_recv()
            {
                waiting.push_back(work);
            }
            let count = waiting.len().min(batch);
            let now: Vec<Work> = waiting.drain(..count).collect();
            let began = Instant::now();
            // Who was answered with others is likely to come back.
            let is_next = || count > 1 || !waiting.is_empty() || !queue.is_empty();
            let deferred = self.process(now, &is_next).await;
            let answered = count - deferred.len();
            waiting.extend(deferred);
            linger = Linger::after(began, answered + waiting.len() + queue.len());
        }
    }

    /// Processes a batch and gives back what has to wait for a later one.
    async fn process(&mut self, mut works: Vec<Work>, is_next: IsNext<'_>) -> Vec<Work> {
        // A client that hung up before its turn came gets nothing done that nobody would hear of.
        works.retain(|work| !work.answer.is_closed());
        if works.is_empty() {
            return Vec::new();
        }
        let wary = self.wary_until.is_some_and(|until| Instant::now() < until);
        let first = if wary { Patience::Short } else { Patience::Long };
        let mut failure = match self.attempt(&works, first, is_next).await {
            Ok(answers) => return tell(works, answers),
            Err(failure) => failure,
        };
        if failure.is_busy() {
            self.wary_until = Some(Instant::now() + WARY_FOR);
            failure = match self.attempt(&works, Patience::None, is_next).await {
                Ok(answers) => return tell(works, answers),
                Err(failure) => failure,
            };
        }
        if works.len() > 1 && failure.concerns_one() {
            tracing::warn!(error = ?failure, leads = works.len(), "a batch failed: one by one");
            return self.singly(works, is_next).await;
        }
        for work in works {
            drop(work.answer.send(Err(failure.answer())));
        }
        failure.log();
        Vec::new()
    }

    /// One transaction for each, until the database is away.
    async fn singly(&mut self, works: Vec<Work>, is_next: IsNext<'_>) -> Vec<Work> {
        let mut deferred = Vec::new();
        let mut away: Option<Failure> = None;
        for work in works {
            if work.answer.is_closed() {
                continue;
            }
            if let Some(failure) = &away {
                drop(work.answer.send(Err(failure.answer())));
                continue;
            }
            let works = vec![work];
            match self.attempt(&works, Patience::None, is_next).await {
                Ok(answers) => deferred.extend(tell(works, answers)),
                Err(failure) => {
                    for work in works {
                        drop(work.answer.send(Err(failure.answer())));
                    }
                    failure.log();
                    if !failure.concerns_one() {
                        away = Some(failure);
                    }
                }
            }
        }
        deferred
    }

    async fn attempt(
        &mut self,
        works: &[Work],
        patience: Patience,
        is_next: IsNext<'_>,
    ) -> Result<Vec<Option<Result<Submitted, Error>>>, Failure> {
        let commit = Commit::default();
        let course = Course { ahead: &mut self.ahead, is_next, commit: &commit };
        let run = batch::run(&self.context, works, patience, course);
        match AssertUnwindSafe(run).catch_unwind().await {
            Ok(done) => done,
            Err(_) => Err(Failure::Panicked { committing: commit.has_begun() }),
        }
    }
}

/// Returns once the lane is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

fn tell(works: Vec<Work>, answers: Vec<Option<Result<Submitted, Error>>>) -> Vec<Work> {
    let mut deferred = Vec::new();
    for (work, answer) in works.into_iter().zip(answers) {
        match answer {
            // A requester that is gone needs no answer.
            Some(answer) => drop(work.answer.send(answer)),
            None => deferred.push(work),
        }
    }
    deferred
}

impl Failure {
    /// Whether another transaction was in the way before anything was stored.
    fn is_busy(&self) -> bool {
        match self {
            Self::BeforeCommit(error) | Self::AtKeys(error) => error.is_busy(),
            Self::AtCommit(_) | Self::Panicked { .. } => false,
        }
    }

    /// Whether a single lead may be to blame, so that the others of its batch can be stored.
    /// Never after a commit was begun: what it stored is not known.
    fn concerns_one(&self) -> bool {
        match self {
            Self::BeforeCommit(error) | Self::AtKeys(error) => {
                error.is_busy() || !error.is_passing()
            }
            Self::AtCommit(_) => false,
            Self::Panicked { committing } => !committing,
        }
    }

    pub(crate) fn answer(&self) -> Error {
        match self {
            Self::AtKeys(error) if error.is_busy() => {
                Error::Conflict(Conflict::IdempotencyKeyInUse)
            }
            Self::BeforeCommit(error) | Self::AtKeys(error) | Self::AtCommit(error)
                if error.is_passing() =>
            {
                Error::Unavailable(Unavailable::Database, Duration::from_secs(1))
            }
            _ => Error::internal("the batch failed; the log of the lane says why"),
        }
    }

    pub(crate) fn log(&self) {
        match self {
            Self::BeforeCommit(error) | Self::AtKeys(error) if error.is_passing() => {
                tracing::warn!(error = ?self, "the database did not take leads");
            }
            _ => tracing::error!(error = ?self, "leads could not be stored"),
        }
    }
}
