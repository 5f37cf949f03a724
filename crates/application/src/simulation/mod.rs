//! The dry run of a rotation: the next leads, or a past period over again, with some things
//! otherwise. Reads everything from one snapshot and writes nothing.

mod asker;
mod changes;

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use evenhand_distribution::simulate::{self, Arrivals, Foreseen, MAX_LEADS, Played, Scene};
use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Error;
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
    /// How many of those that wait already would be dealt to each user.
    pub waiting_dealt: HashMap<UserId, u32>,
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

/// A dry run of the rotation of a group or team at `now`.
///
/// # Errors
/// [`Error::NotFound`] when the rotation is not in use; [`Error::Invalid`] for changes that could not
/// be made, and for a period that is too long at `/replay/from`.
pub async fn simulate(
    store: &Store,
    now: Timestamp,
    asker: &Asker,
    (ledger, owner): (Ledger, RotationOwner),
    question: Question,
    changes: Changes,
) -> Result<Simulated, Error> {
    let place = PLACES.acquire().await.map_err(Error::internal)?;
    let db = store.snapshot().await?;
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
            let Played { leads, waiting_dealt } =
                apart(place, move || scene.play(arrivals)).await?;
            Ok(Simulated { as_of: now, leads: Leads::Next(leads), waiting_dealt, unseen })
        }
        Question::Past(period) => {
            let (past, hypothesis, times) = past(&db, asker, ledger, period, changes).await?;
            drop(db);
            let again = apart(place, move || simulate::again(past, hypothesis, times.as_ref()));
            let leads = again.await?.map_err(impossible)?;
            if leads.len() > usize::try_from(MAX_LEADS).unwrap_or(usize::MAX) {
                return Err(too_long());
            }
            let (waiting_dealt, unseen) = (HashMap::new(), HashSet::new());
            Ok(Simulated { as_of: now, leads: Leads::Past(leads), waiting_dealt, unseen })
        }
    }
}

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
    if !hypothesis.policy.is_some_and(|policy| policy.respects_availability) {
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
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let worked = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(place);
        done
    });
    worked.await.map_err(Error::internal)
}
