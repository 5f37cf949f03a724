//! The door through which new leads come in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use evenhand_domain::error::{Error, Unavailable};
use evenhand_domain::ids::IdSource;
use evenhand_domain::lead::{AssignmentRequest, Lead, NewLead};
use evenhand_domain::permission::{CreateLeads, Unconfirmed};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::Routed;
use evenhand_persistence::Store;
use evenhand_persistence::idempotency::Once;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Mutex, Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::batch;
use crate::lane::{Context, Lane, Work};
use crate::routing::{Routing, Routings};

/// A new lead with the authority it comes under.
#[derive(Debug)]
pub struct Submission {
    /// Who may add it, as far as a cache knows; the transaction confirms it.
    pub grant: Unconfirmed<CreateLeads>,
    /// The lead.
    pub lead: NewLead,
    /// How it is to find its owner.
    pub how: AssignmentRequest,
    /// At most once per key.
    pub once: Option<Once<Lead>>,
}

/// What became of a submission.
#[derive(Debug)]
pub enum Submitted {
    /// Stored, with its first assignment decided.
    Created(Box<Lead>),
    /// Stored by an earlier request with the same idempotency key: the answer kept then.
    Replayed(Vec<u8>),
    /// The cached authority is out of date and nothing was done: read it afresh and submit again.
    Stale,
}

/// Sizes of the intake.
#[derive(Debug, Clone, Copy)]
pub struct IntakeOptions {
    /// How many lanes; 1 on SQLite, which has one writer.
    pub lanes: usize,
    /// How many leads may wait in a lane before more are refused.
    pub queue: usize,
    /// The most leads in one transaction.
    pub batch: usize,
}

impl Default for IntakeOptions {
    fn default() -> Self {
        Self { lanes: 1, queue: 4096, batch: 64 }
    }
}

/// A lead that waits in a lane, or the reason why it could not.
type Queued = Result<oneshot::Receiver<Result<Submitted, Error>>, Error>;

/// Takes new leads, from any number of requests at once.
#[derive(Clone)]
pub struct Intake {
    inner: Arc<Inner>,
}

struct Inner {
    context: Context,
    routings: Routings,
    lanes: Vec<mpsc::Sender<Work>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    stop: watch::Sender<bool>,
    /// Whose turn it is to store many leads in one transaction.
    together: Semaphore,
}

impl Intake {
    /// Starts the lanes on the current runtime.
    #[must_use]
    pub fn start(store: &Store, ids: &IdSource, options: IntakeOptions) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut lanes = Vec::with_capacity(options.lanes.max(1));
        let mut workers = Vec::with_capacity(options.lanes.max(1));
        let context = Context { store: store.clone(), ids: ids.clone(), known: Arc::default() };
        for _ in 0..options.lanes.max(1) {
            let (sender, receiver) = mpsc::channel(options.queue.max(1));
            let lane = Lane::new(context.clone());
            let work = lane.work(receiver, stopped.clone(), options.batch.max(1));
            workers.push(tokio::spawn(work));
            lanes.push(sender);
        }
        let workers = Mutex::new(workers);
        let routings = Routings::new();
        let together = Semaphore::new(1);
        Self { inner: Arc::new(Inner { context, routings, lanes, workers, stop, together }) }
    }

    /// What routes the leads that come under this grant, and what their custom fields are; `None`
    /// when the grant is made from an outdated copy of the organization: read it afresh.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn routing(
        &self,
        grant: &Unconfirmed<CreateLeads>,
    ) -> Result<Option<Arc<Routing>>, Error> {
        self.inner.routings.get(&self.inner.context.store, grant).await
    }

    /// Stores a lead and decides its owner, in one transaction with whatever else is waiting.
    /// Returns after the commit.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a credential that has ended, [`Error::Denied`],
    /// [`Error::Invalid`] for an unknown group or user, [`Error::Conflict`] for a known external
    /// id, [`Error::IdempotencyKeyReused`], [`Error::Unavailable`] when the queue is full or the
    /// database away.
    pub async fn submit(&self, submission: Submission) -> Result<Submitted, Error> {
        let Some(routed) = self.route(&submission).await? else { return Ok(Submitted::Stale) };
        let lane = self.lane_of(&submission, routed);
        Self::answer(Self::queue(lane, submission, routed)).await
    }

    /// Puts a lead into a lane's queue.
    pub(crate) fn queue(
        lane: &mpsc::Sender<Work>,
        submission: Submission,
        routed: Option<Routed>,
    ) -> Queued {
        let (answer, answered) = oneshot::channel();
        lane.try_send(Work { submission, routed, answer }).map_err(|refused| {
            let why = match refused {
                TrySendError::Full(_) => Unavailable::QueueFull,
                TrySendError::Closed(_) => Unavailable::ShuttingDown,
            };
            Error::Unavailable(why, Duration::from_secs(1))
        })?;
        Ok(answered)
    }

    /// What becomes of a lead that was put into a queue.
    pub(crate) async fn answer(queued: Queued) -> Result<Submitted, Error> {
        queued?.await.unwrap_or_else(|_| Err(Error::internal("a lane dropped its work")))
    }

    pub(crate) fn context(&self) -> &Context {
        &self.inner.context
    }

    pub(crate) fn together(&self) -> &Semaphore {
        &self.inner.together
    }

    /// Where the routing rules send a lead that asks them; the outer `None` when its grant is made
    /// from an outdated copy of the organization.
    pub(crate) async fn route(
        &self,
        submission: &Submission,
    ) -> Result<Option<Option<Routed>>, Error> {
        if submission.how != AssignmentRequest::Route {
            return Ok(Some(None));
        }
        let routing = self.routing(&submission.grant).await?;
        let creator = submission.grant.subject().into();
        Ok(routing.map(|routing| Some(routing.rules.route(&submission.lead, creator))))
    }

    /// What [`Intake::submit`] would do now, by doing it and taking it back: nothing is stored, no
    /// turn and no key is spent. The lead of the answer does not exist.
    ///
    /// # Errors
    /// Those of [`Intake::submit`].
    pub async fn rehearse(&self, submission: Submission) -> Result<Submitted, Error> {
        let submission = Submission { once: None, ..submission };
        let Some(routed) = self.route(&submission).await? else { return Ok(Submitted::Stale) };
        match batch::rehearse(&self.inner.context, &submission, routed).await {
            Ok(answer) => answer,
            Err(failure) => {
                failure.log();
                Err(failure.answer())
            }
        }
    }

    /// Finishes what was taken, takes no more, and returns when all lanes have ended.
    pub async fn close(&self) {
        self.inner.stop.send_replace(true);
        for worker in self.inner.workers.lock().await.drain(..) {
            if let Err(error) = worker.await {
                tracing::error!(%error, "a lane ended badly");
            }
        }
    }

    /// A rotation's leads always take the same lane of a process: two lanes on one rotation would
    /// only wait for each other.
    pub(crate) fn lane_of(
        &self,
        submission: &Submission,
        routed: Option<Routed>,
    ) -> &mpsc::Sender<Work> {
        let rotation = match submission.how {
            AssignmentRequest::Distribute(owner) => Some(owner),
            _ => routed.and_then(Routed::rotation),
        };
        let organization = submission.grant.organization().id;
        let key = rotation.map_or(organization.uuid(), RotationOwner::uuid);
        // The tail of a UUIDv7 is random.
        let (_, tail) = key.as_u64_pair();
        let count = self.inner.lanes.len();
        let index = usize::try_from(tail).unwrap_or(0) % count;
        &self.inner.lanes[index]
    }
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("lanes", &self.inner.lanes.len()).finish_non_exhaustive()
    }
}
