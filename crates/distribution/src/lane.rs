//! A lane: one queue, one worker. Whatever arrived while the last transaction committed goes into
//! the next one, whosever it is; no timer, so a lone lead waits for nothing.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use evenhand_domain::error::{Error, Unavailable};
use evenhand_domain::ids::IdSource;
use evenhand_persistence::Store;
use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot, watch};

use crate::batch::{self, Failure};
use crate::intake::{Submission, Submitted};

/// A submission with whom to tell.
pub(crate) struct Work {
    pub(crate) submission: Submission,
    pub(crate) answer: oneshot::Sender<Result<Submitted, Error>>,
}

/// What a lane works with.
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) ids: IdSource,
}

/// How often a batch that met another transaction is tried as a whole.
const ATTEMPTS: usize = 3;

/// Works until `stop` turns true and the queue is empty.
pub(crate) async fn work(
    context: Context,
    mut queue: mpsc::Receiver<Work>,
    mut stop: watch::Receiver<bool>,
    batch: usize,
) {
    let mut waiting: VecDeque<Work> = VecDeque::new();
    let mut taken = Vec::with_capacity(batch);
    loop {
        if waiting.is_empty() {
            tokio::select! {
                count = queue.recv_many(&mut taken, batch) => if count == 0 { return },
                () = stopped(&mut stop) => {
                    queue.close();
                    if queue.recv_many(&mut taken, batch).await == 0 { return }
                }
            }
            waiting.extend(taken.drain(..));
        }
        while waiting.len() < batch
            && let Ok(work) = queue.try_recv()
        {
            waiting.push_back(work);
        }
        let count = waiting.len().min(batch);
        let now: Vec<Work> = waiting.drain(..count).collect();
        let deferred = AssertUnwindSafe(process(&context, now)).catch_unwind().await;
        match deferred {
            Ok(deferred) => {
                for work in deferred.into_iter().rev() {
                    waiting.push_front(work);
                }
            }
            // Whoever waited learns it from the dropped sender.
            Err(_) => tracing::error!("a batch panicked; nothing of it was stored"),
        }
    }
}

/// Returns once the lane is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Processes a batch and gives back what has to wait for the next one.
async fn process(context: &Context, mut works: Vec<Work>) -> Vec<Work> {
    // A client that hung up before its turn came gets nothing done that nobody would hear of.
    works.retain(|work| !work.answer.is_closed());
    if works.is_empty() {
        return Vec::new();
    }
    for attempt in 1.. {
        let submissions: Vec<&Submission> = works.iter().map(|work| &work.submission).collect();
        match batch::run(context, &submissions).await {
            Ok(answers) => return tell(works, answers),
            Err(Failure::BeforeCommit(error)) if error.is_busy() && attempt < ATTEMPTS => {}
            Err(Failure::BeforeCommit(error)) if works.len() > 1 && !error.is_passing() => {
                tracing::warn!(error = ?error, leads = works.len(), "a batch failed: one by one");
                return singly(context, works).await;
            }
            Err(failure) => {
                refuse(works, failure);
                return Vec::new();
            }
        }
    }
    Vec::new()
}

/// One transaction for each, so that only the guilty one fails.
async fn singly(context: &Context, works: Vec<Work>) -> Vec<Work> {
    let mut deferred = Vec::new();
    for work in works {
        match batch::run(context, &[&work.submission]).await {
            Ok(answers) => deferred.extend(tell(vec![work], answers)),
            Err(failure) => refuse(vec![work], failure),
        }
    }
    deferred
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

fn refuse(works: Vec<Work>, failure: Failure) {
    let error = failure.into_error();
    if !error.is_passing() {
        tracing::error!(error = ?error, leads = works.len(), "leads could not be stored");
    }
    for work in works {
        let told = if error.is_passing() {
            Error::Unavailable(Unavailable::Database, Duration::from_secs(1))
        } else {
            Error::internal("the batch failed; the log of the lane says why")
        };
        drop(work.answer.send(Err(told)));
    }
}
