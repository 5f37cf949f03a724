//! The dry run of a rotation: the next leads, or a past period over again, with some things
//! otherwise. Reads everything from one snapshot and writes nothing.

mod asker;
mod changes;
mod place;

use std::collections::{HashMap, HashSet};

use evenhand_distribution::simulate::{
    self, Arrivals, Foreseen, MAX_LEADS, NotAgain, Played, Scene, Stopped,
};
use evenhand_domain::availability::WorkingTimes;
use evenhand_domain::clock::{Clock, Timestamp};
use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::rotation::{Hypothesis, Rehearsed};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_persistence::ledgers::{self, Ledger, Past, Period, Recalled};
use evenhand_persistence::store::Snapshot;
use evenhand_persistence::{Store, availability, rotations};

use crate::memberships::impossible;
use place::Place;

pub use asker::Asker;
pub use changes::Changes;

/// The most entries of a past period.
const MAX_ENTRIES: u64 = 2 * MAX_LEADS as u64;

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
/// be made, and for more than is done for one answer at `/leads` or `/replay/from`;
/// [`Error::Unavailable`] when too many stand in line.
pub async fn simulate(
    store: &Store,
    clock: &dyn Clock,
    asker: &Asker,
    (ledger, owner): (Ledger, RotationOwner),
    question: Question,
    changes: Changes,
) -> Result<Simulated, Error> {
    let place = Place::wait_for().await?;
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
            let played = place.work(move |budget| scene.play(arrivals, budget)).await?;
            let Played { leads, waiting_dealt } =
                played.map_err(|stopped| too_much(stopped, "/leads"))?;
            Ok(Simulated { as_of: now, leads: Leads::Next(leads), waiting_dealt, unseen })
        }
        Question::Past(period) => {
            let (past, hypothesis, times) = past(&db, asker, ledger, period, changes).await?;
            drop(db);
            let again =
                place.work(move |budget| simulate::again(past, hypothesis, times.as_ref(), budget));
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
    // Of whoever was a member while hours were respected, the ledger tells.
    if hypothesis.policy.is_none() && hypothesis.members.is_none() {
        return Ok((past, hypothesis, None));
    }
    let key = (ledger.organization_id, ledger.rotation_id);
    let mut times = availability::of_members(db, &[key]).await?.remove(&key.0);
    if let Some(times) = &mut times {
        let users: Vec<UserId> = match &hypothesis.members {
            Some(users) => users.clone(),
            None => past.members().into_iter().collect(),
        };
        availability::add_users(db, times, key.0, &users).await?;
    }
    Ok((past, hypothesis, times))
}

fn too_long() -> Error {
    let detail = format!("at most {MAX_LEADS} leads: name a shorter period");
    Error::invalid("/replay/from", "period_too_long", detail)
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
