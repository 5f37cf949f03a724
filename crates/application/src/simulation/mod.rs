//! The dry run of a rotation: the next leads, or a past period over again, with some things
//! otherwise. Reads everything from one snapshot and writes nothing.

mod asker;
mod changes;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;
use std::time::Duration;

use evenhand_distribution::simulate::{
    self, Arrivals, Budget, Foreseen, MAX_LEADS, NotAgain, Played, Scene, Stopped,
};
use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_domain::error::{Error, Unavailable};
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Hypothesis, Rehearsed};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ledgers::{self, Ledger, Past, Period, Recalled};
use evenhand_persistence::store::Snapshot;
use evenhand_persistence::{Store, availability, rotations};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::memberships::impossible;

pub use asker::Asker;
pub use changes::Changes;

/// The most entries of a past period.
const MAX_ENTRIES: u64 = 2 * MAX_LEADS as u64;

/// Dry runs at a time: each keeps a processor busy, and half of them are for leads. Others stand in
/// line.
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = available_parallelism().map_or(1, NonZeroUsize::get);
    Semaphore::new((processors / 2).max(1))
});

/// Which leads a dry run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The next ones.
    Next(Arrivals),
    /// Those of a past period.
    Past(Period),
}

/// What would happen, or would have happened.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// As of when everything was read.
    pub as_of: Timestamp,
    /// What would become of each lead.
    pub leads: Leads,
    /// How many of those that wait already, for the rotation of this group or team, would be dealt to
    /// each user.
    pub waiting_dealt: HashMap<(RotationOwner, UserId), u32>,
    /// The groups and teams of whose decisions the asker is told no more than that they make them.
    pub unseen: HashSet<RotationOwner>,
}

/// What would become of each lead, in order.
#[derive(Debug, Clone)]
pub enum Leads {
    /// Of the next ones.
    Next(Vec<Foreseen>),
    /// Of those of a past period, beside what became of them.
    Past(Vec<Rehearsed>),
}

/// A dry run of the rotation of a group or team.
///
/// # Errors
/// [`Error::NotFound`] when the rotation is not in use; [`Error::Invalid`] for changes that could not
/// be made, and for a period that is too long at `/replay/from`.
pub async fn simulate(
    store: &Store,
    clock: &dyn Clock,
    asker: &Asker,
    (ledger, owner): (Ledger, RotationOwner),
    question: Question,
    changes: Changes,
) -> Result<Simulated, Error> {
    let in_line = LINE.try_acquire();
    let _in_line = in_line.map_err(|_| Error::Unavailable(Unavailable::DryRuns, LATER))?;
    let place = PLACES.acquire().await.map_err(Error::internal)?;
    let db = store.snapshot().await?;
    let now = clock.now();
    match question {
        Question::Next(arrivals) => {
            let scene = scene(&db, asker, (ledger, owner), now, changes).await?;
            let mut unseen = HashSet::new();
            for fallback in scene.fallbacks() {
                if !asker.sees(&db, fallback).await? {
                    unseen.insert(fallback);
                }
            }
            drop(db);
            // It may have stood in line since they were asked for.
            let (from, until) = (arrivals.from.max(now), arrivals.until.max(now));
            let arrivals = Arrivals { from, until, ..arrivals };
            let played = apart(place, move |budget| scene.play(arrivals, budget)).await?;
            let Played { leads, waiting_dealt } =
                played.map_err(|stopped| too_much(stopped, "/leads"))?;
            Ok(Simulated { as_of: now, leads: Leads::Next(leads), waiting_dealt, unseen })
        }
        Question::Past(period) => {
            let (past, hypothesis, times) = past(&db, asker, ledger, period, changes).await?;
            drop(db);
            let again = apart(place, move |budget| {
                simulate::again(past, hypothesis, times.as_ref(), budget)
            });
            let leads = again.await?.map_err(|reason| match reason {
                NotAgain::Impossible(error) => impossible(error),
                NotAgain::Stopped(stopped) => too_much(stopped, "/replay/from"),
            })?;
            if leads.len() > usize::try_from(MAX_LEADS).unwrap_or(usize::MAX) {
                return Err(too_long());
            }
            let (waiting_dealt, unseen) = (HashMap::new(), HashSet::new());
            Ok(Simulated { as_of: now, leads: Leads::Past(leads), waiting_dealt, unseen })
        }
    }
}

/// The most who stand in line for a dry run or have one going.
static LINE: Semaphore = Semaphore::const_new(32);

/// When it is worth asking again.
const LATER: Duration = Duration::from_secs(5);

/// What leads that come in next are dealt by.
async fn scene(
    db: &Snapshot,
    asker: &Asker,
    (ledger, owner): (Ledger, RotationOwner),
    now: Timestamp,
    changes: Changes,
) -> Result<Scene, Error> {
    let Ledger { organization_id, rotation_id } = ledger;
    let found = rotations::snapshot(db, organization_id, &[rotation_id]).await?;
    let not_there = || match owner {
        RotationOwner::Group(_) => Error::NotFound("group"),
        RotationOwner::Team(_) => Error::NotFound("team"),
    };
    let mut rotation = found.into_iter().next().ok_or_else(not_there)?;
    changes.make(db, asker, &mut rotation, now).await?;
    Ok(Scene::read(db, rotation, now).await?)
}

/// A past period, what is to be otherwise in it, and when the members work where it takes that.
async fn past(
    db: &Snapshot,
    asker: &Asker,
    ledger: Ledger,
    period: Period,
    changes: Changes,
) -> Result<(Past, Hypothesis, Option<WorkingTimes>), Error> {
    let past = match ledgers::past(db, &ledger, period, MAX_ENTRIES).await? {
        Recalled::Past(past) => *past,
        Recalled::TooMuch => return Err(too_long()),
        Recalled::Nothing => {
            let detail = "the rotation began behind the period";
            return Err(Error::invalid("/replay/until", "before_the_ledger", detail));
        }
    };
    let hypothesis = changes.of_past(db, asker, &past).await?;
    // The ledger tells of its members' hours where it respected them.
    let policy = hypothesis.policy.unwrap_or(past.before.policy);
    let are_told = past.before.policy.respects_availability && hypothesis.members.is_none();
    if !policy.respects_availability || are_told {
        return Ok((past, hypothesis, None));
    }
    let key = (ledger.organization_id, ledger.rotation_id);
    let mut times = availability::of_members(db, &[key]).await?.remove(&key.0);
    if let Some(times) = &mut times {
        let members = past.before.members.iter().map(|member| member.user_id);
        let users: Vec<UserId> = match &hypothesis.members {
            Some(users) => users.clone(),
            None => members.collect(),
        };
        availability::add_users(db, times, key.0, &users).await?;
    }
    Ok((past, hypothesis, times))
}

fn too_long() -> Error {
    let detail = format!("at most {MAX_LEADS} leads: name a shorter period");
    Error::invalid("/replay/from", "period_too_long", detail)
}

/// Does work that keeps a processor busy where no request waits for it. It has its place until it is
/// done, whether or not somebody still waits for what comes of it.
async fn apart<T: Send + 'static>(
    place: SemaphorePermit<'static>,
    work: impl FnOnce(Budget) -> T + Send + 'static,
) -> Result<T, Error> {
    let abandoned = Abandoned::default();
    let budget = Budget::new(Arc::clone(&abandoned.0));
    let worked = tokio::task::spawn_blocking(move || {
        let done = work(budget);
        drop(place);
        done
    });
    worked.await.map_err(Error::internal)
}

/// Set when whoever waits is gone.
#[derive(Default)]
struct Abandoned(Arc<AtomicBool>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn too_much(stopped: Stopped, pointer: &str) -> Error {
    match stopped {
        Stopped::TooMuch => {
            let detail = "more work than is done for one answer: ask for fewer leads, or less time";
            Error::invalid(pointer, "too_much_work", detail)
        }
        // Nobody hears of it.
        Stopped::Abandoned => Error::internal("a dry run was abandoned"),
    }
}
