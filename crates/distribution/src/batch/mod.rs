//! One transaction for many leads: every item under its own grant, in the one lock order
//! (idempotency keys, external ids, contacts, rotations, users, leads), with one statement per table.

mod claims;
mod course;
mod duplicates;
mod item;
mod route;
mod together;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

pub(crate) use course::{Commit, Course, Failure, IsNext, Patience};
use duplicates::Duplicates;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Error, Unauthenticated, Unavailable};
use evenhand_domain::ids::{IdSource, OrganizationId};
use evenhand_domain::permission::Credential;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::routing::Routed;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::access::{self, Confirmed};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Claim, Kept};
use evenhand_persistence::intake::{self, NewLeadRow};
use evenhand_persistence::lead_contacts::{self, Seen};
use evenhand_persistence::rotations::{self, Queueing, Rotation, RotationEntry};
use evenhand_persistence::users::{self, NamesVersions};
use evenhand_persistence::{Error as StoreError, Tx, Writes, organizations};
use item::{Item, Outcome};
pub(crate) use together::together;

use crate::crash;
use crate::deal::{Dealing, Locked};
use crate::fallback;
use crate::intake::{Submission, Submitted};
use crate::lane::{Context, Known, Work};
use crate::waiting;

type Answer = Result<Submitted, Error>;

/// A moment: longer than any healthy transaction takes.
const MOMENT: Duration = Duration::from_millis(300);

/// Stores the leads and decides their owners. The answers are in the submissions' order; `None`
/// for one that has to wait for a later batch, because it hangs on one of this that failed.
pub(crate) async fn run(
    context: &Context,
    works: &[Work],
    patience: Patience,
    Course { ahead, is_next, commit }: Course<'_>,
) -> Result<Vec<Option<Answer>>, Failure> {
    let asked = works.iter().map(|work| (&work.submission, work.routed));
    let batch = Batch::new(asked).knowing(&context.known);
    let tx = ahead.begin(&context.store).await?;
    let (tx, mut batch) = written(context, tx, batch, patience).await?;
    crash::point(crash::WRITTEN);
    commit.begins();
    ahead.commit(&context.store, tx, is_next()).await.map_err(Failure::AtCommit)?;
    crash::point(crash::COMMITTED);
    batch.keep_members();
    Ok(batch.into_answers())
}

/// What would become of one submission: the same transaction, taken back. It waits for others only
/// shortly, for others wait for what it holds.
pub(crate) async fn rehearse(
    context: &Context,
    submission: &Submission,
    routed: Option<Routed>,
) -> Result<Answer, Failure> {
    let batch = Batch::new([(submission, routed)]);
    let tx = context.store.begin().await?;
    let (tx, batch) = written(context, tx, batch, Patience::Short).await?;
    tx.roll_back().await?;
    let answer = batch.into_answers().pop().flatten();
    // It hangs on what others were changing at that moment.
    let later = || Err(Error::Unavailable(Unavailable::Database, Duration::from_secs(1)));
    Ok(answer.unwrap_or_else(later))
}

/// A batch with all that it writes, to be committed.
async fn written<'a>(
    context: &Context,
    mut tx: Tx,
    mut batch: Batch<'a>,
    patience: Patience,
) -> Result<(Tx, Batch<'a>), Failure> {
    // Who waits for nobody is told what is in the way: the keys are locked by themselves.
    let keys = if patience == Patience::None { Vec::new() } else { batch.keys() };
    let now = confirmed(context, &mut tx, &mut batch, patience, &keys).await?;
    if patience == Patience::None {
        idempotency::lock(&mut tx, &batch.keys()).await.map_err(Failure::AtKeys)?;
    }
    batch.claim_keys(&mut tx, now).await.map_err(Failure::AtKeys)?;
    batch.write(&mut tx, &context.ids, patience, now).await?;
    Ok((tx, batch))
}

/// The now of a batch, the first that its transaction reads: locks these idempotency keys and confirms
/// the credentials.
async fn confirmed(
    context: &Context,
    tx: &mut Tx,
    batch: &mut Batch<'_>,
    patience: Patience,
    keys: &[Claim],
) -> Result<Timestamp, Failure> {
    if patience != Patience::Long {
        tx.limit_lock_waits(MOMENT).await?;
    }
    batch.confirm(tx, keys).await?;
    let now = tx.now().await?;
    batch.identify(&context.ids, now);
    Ok(now)
}

struct Batch<'a> {
    items: Vec<Item<'a>>,
    /// What is kept under the idempotency keys, where they are locked.
    kept: Option<Kept>,
    /// What the names of its organizations stand at.
    names: NamesVersions,
    /// What this process knows already.
    known: Option<&'a Known>,
    /// The rotations that it dealt by.
    rotations: Rotations,
}

impl<'a> Batch<'a> {
    /// Of submissions, with where the routing rules send those that ask them.
    fn new(asked: impl IntoIterator<Item = (&'a Submission, Option<Routed>)>) -> Self {
        let items = asked.into_iter().map(|(submission, routed)| Item::new(submission, routed));
        Self {
            items: items.collect(),
            kept: None,
            names: NamesVersions::new(),
            known: None,
            rotations: Rotations::new(),
        }
    }

    /// To be committed: it does not read what is known, and has it known afterwards.
    fn knowing(self, known: &'a Known) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Has the members of its rotations known as they are now, which are committed.
    fn keep_members(&mut self) {
        if let Some(known) = self.known {
            known.members.keep(self.rotations.drain().map(|(_, rotation)| rotation));
        }
    }

    /// Decides and writes what is open, once the idempotency keys are claimed.
    async fn write(
        &mut self,
        tx: &mut Tx,
        ids: &IdSource,
        patience: Patience,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.claim_external_ids(tx).await?;
        let mut duplicates = self.claim_contacts(tx, now).await?;
        let mut rotations = self.lock_rotations(tx, &duplicates, patience, now).await?;
        duplicates.look_again(tx).await?;
        crash::point(crash::LOCKED);
        self.check_users(tx, &mut rotations, &mut duplicates, now).await?;
        if waiting::drain(tx, ids, rotations.values_mut(), now).await? > 0 {
            duplicates.look_after_dealing(tx, &rotations).await?;
        }
        let dealing = Dealing::begin(tx, &rotations.values().collect::<Vec<_>>()).await?;
        let entries = self.decide(&mut rotations, &mut duplicates, dealing, now);
        self.foresee(tx, &rotations, now).await?;
        let leads = self.leads(tx, ids, now).await?;
        self.store(tx, leads, &mut rotations, entries, duplicates.seen(now), now).await?;
        waiting::settle(tx, rotations.values_mut(), now).await?;
        self.rotations = rotations;
        duplicates.release(tx).await
    }

    fn open(&mut self) -> impl Iterator<Item = &mut Item<'a>> {
        self.items.iter_mut().filter(|item| item.is_open())
    }

    /// Reads what every credential is worth right now, and what time it is; locks the keys before, and
    /// reads what is kept under them.
    async fn confirm(&mut self, tx: &mut Tx, keys: &[Claim]) -> Result<(), StoreError> {
        let mut wanted: Vec<(OrganizationId, Credential)> = Vec::new();
        for item in &self.items {
            let key = item.credential();
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        // What a lead says was checked by the settings that are confirmed here: its status stays
        // there until the commit.
        let organizations = wanted.iter().map(|(id, _)| *id);
        organizations::keep_lead_statuses_and_lock(tx, organizations, keys).await?;
        let Confirmed { stamps, kept, names } = access::confirm_and_look(tx, &wanted, keys).await?;
        self.kept = (!keys.is_empty()).then_some(kept);
        self.names = names;
        let current: HashMap<_, _> = wanted.into_iter().zip(stamps).collect();
        for item in &mut self.items {
            match current.get(&item.credential()).copied().flatten() {
                None => item.fail(Error::Unauthenticated(Unauthenticated::Invalid)),
                Some(stamp) => match item.submission.grant.confirm(&stamp) {
                    Some(grant) => item.grant = Some(grant),
                    None => item.answer(Ok(Submitted::Stale)),
                },
            }
        }
        Ok(())
    }

    /// Ids in the batch's order: leads that are dealt one after the other sort so.
    fn identify(&mut self, ids: &IdSource, now: Timestamp) {
        for item in self.open() {
            item.lead_id = Some(ids.next(now));
        }
    }

    async fn lock_rotations(
        &mut self,
        tx: &mut Tx,
        duplicates: &Duplicates,
        patience: Patience,
        now: Timestamp,
    ) -> Result<Rotations, StoreError> {
        let mut wanted = BTreeSet::new();
        for item in self.open() {
            if let Some(owner) = item.target() {
                if item.may_distribute_to(owner) {
                    wanted.insert((item.organization_id(), owner));
                } else {
                    item.fail(unknown(owner));
                    continue;
                }
            }
            let joined = duplicates.joined(item, now);
            wanted.extend(joined.map(|owner| (item.organization_id(), owner)));
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let queueing = match patience {
            Patience::Long | Patience::Short => Queueing::Wait,
            Patience::None => Queueing::Skip,
        };
        let mut rotations = Rotations::new();
        let known = self.known.map(|known| &known.members);
        for rotation in rotations::lock_with_fallbacks(tx, &wanted, queueing, known).await? {
            rotations.insert((rotation.state.organization_id, rotation.owner), rotation);
        }
        let missing: HashMap<_, _> = wanted
            .into_iter()
            .filter_map(|owner| Some((owner, fallback::missing(&rotations, owner)?)))
            .collect();
        // With the lock waited for, it is missing because it is not there; but who got a fallback
        // meanwhile was locked without it.
        let unsure = missing
            .iter()
            .filter(|(owner, missing)| queueing == Queueing::Skip || owner != missing);
        let unsure: Vec<_> = unsure.map(|(_, missing)| *missing).collect();
        let locked = rotations::existing(tx, &unsure).await?;
        for item in self.open() {
            let key = |owner| (item.organization_id(), owner);
            let (target, joined) = (item.target().map(key), duplicates.joined(item, now).map(key));
            let is_locked = |key| missing.get(&key).is_some_and(|missing| locked.contains(missing));
            if target.is_some_and(is_locked) || joined.is_some_and(is_locked) {
                item.fail(Error::Unavailable(Unavailable::Database, Duration::from_secs(1)));
            } else if target.is_some_and(|key| missing.get(&key) == Some(&key)) {
                item.without_rotation();
            }
        }
        Ok(rotations)
    }

    /// Users named as owners must be active, and stay so until the commit; so must those that
    /// rotations fall back to, and do previous owners who are.
    async fn check_users(
        &mut self,
        tx: &mut Tx,
        rotations: &mut Rotations,
        duplicates: &mut Duplicates,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut wanted = fallback::users(rotations.values());
        wanted.extend(self.routed_users());
        for item in self.open() {
            match item.named_owner() {
                Ok(Some(user)) => wanted.push((item.organization_id(), user)),
                Ok(None) => {
                    let owner = duplicates.previous_owner(item, now);
                    wanted.extend(owner.map(|owner| (item.organization_id(), owner)));
                }
                Err(error) => item.fail(error),
            }
        }
        let users = intake::lock_users(tx, &wanted).await?;
        fallback::note_found(rotations.values_mut(), &users);
        duplicates.keep_active(&users);
        self.find_unavailable(&users);
        for item in self.open() {
            let Ok(Some(user)) = item.named_owner() else { continue };
            let found = users.get(&(item.organization_id(), user));
            if found.is_none_or(|(_, status)| *status != UserStatus::Active) {
                item.fail(Error::invalid(
                    "/assignment/user_id",
                    "unknown_user",
                    "not an active user of this organization",
                ));
            }
        }
        Ok(())
    }

    fn decide(
        &mut self,
        rotations: &mut Rotations,
        duplicates: &mut Duplicates,
        mut dealing: Dealing,
        now: Timestamp,
    ) -> Vec<RotationEntry> {
        let mut locked: Locked<'_> =
            rotations.iter_mut().map(|(key, rotation)| (*key, rotation)).collect();
        for item in self.open() {
            duplicates.treat(item, &mut locked, now);
            if item.is_open() && item.decision.is_none() {
                item.decision = match item.target() {
                    Some(owner) => item.deal(owner, &mut locked, now, &mut dealing),
                    None => Some(item.assign(now)),
                };
            }
            duplicates.note(item);
        }
        dealing.into_entries()
    }

    /// When leads that wait will be tried again.
    async fn foresee(
        &mut self,
        tx: &mut Tx,
        rotations: &Rotations,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let chances = waiting::chances(tx, rotations.values(), now).await?;
        for item in self.open() {
            item.foresee(&chances);
        }
        Ok(())
    }

    /// The leads as they are to be stored.
    async fn leads(
        &mut self,
        tx: &mut Tx,
        ids: &IdSource,
        now: Timestamp,
    ) -> Result<Vec<NewLeadRow>, StoreError> {
        let mut owners = HashSet::new();
        for item in self.open() {
            let owner = item.decision.as_ref().and_then(|decision| decision.placed.owner);
            owners.extend(owner.map(|owner| (item.organization_id(), owner)));
        }
        let known = self.known.map(|known| (&known.names, &self.names));
        let names = users::names(tx, owners, known).await?;
        let mut leads = Vec::new();
        for item in self.open() {
            if let Some(lead) = item.lead(&names, ids, now) {
                item.answer(Ok(Submitted::Created(Box::new(lead.lead.clone()))));
                leads.push(lead);
            }
        }
        Ok(leads)
    }

    async fn store(
        &mut self,
        tx: &mut Tx,
        leads: Vec<NewLeadRow>,
        rotations: &mut Rotations,
        entries: Vec<RotationEntry>,
        seen: Vec<Seen>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writes = Writes::of(tx);
        lead_contacts::store_with(&mut writes, seen);
        intake::insert(&mut writes, &leads);
        rotations::save_with(tx, &mut writes, rotations.values_mut(), entries);
        events::append_with(tx, &mut writes, self.events(now)).await?;
        let keep = |writes: &mut Writes| idempotency::keep_with(writes, self.kept_answers(), now);
        writes.run_with(tx, keep).await?;
        intake::insert_waiting(tx, &leads).await?;
        self.settle_followers();
        self.release(tx).await
    }

    fn events(&self, now: Timestamp) -> Vec<Event> {
        self.items.iter().filter_map(|item| item.event(now)).collect()
    }

    fn into_answers(self) -> Vec<Option<Answer>> {
        self.items
            .into_iter()
            .map(|item| match item.outcome {
                Outcome::Answered(answer) => Some(answer),
                Outcome::Deferred => None,
                Outcome::Open | Outcome::SameKeyAs(_) | Outcome::SameExternalIdAs(_) => {
                    Some(Err(Error::internal("a lead was not decided")))
                }
            })
            .collect()
    }
}

type Rotations = HashMap<(OrganizationId, RotationOwner), Rotation>;

fn unknown(owner: RotationOwner) -> Error {
    match owner {
        RotationOwner::Group(_) => Error::invalid(
            "/assignment/group_id",
            "unknown_group",
            "no such group to distribute to",
        ),
        RotationOwner::Team(_) => {
            Error::invalid("/assignment/team_id", "unknown_team", "no such team to distribute to")
        }
    }
}
