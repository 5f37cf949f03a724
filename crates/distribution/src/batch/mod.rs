//! One transaction for many leads: every item under its own grant, in the one lock order
//! (idempotency and external ids, rotations, users, leads), with one statement per table.

mod item;

use std::collections::{BTreeSet, HashMap, HashSet};

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Unauthenticated};
use evenhand_domain::ids::{GroupId, IdSource, OrganizationId, RotationId, UserId};
use evenhand_domain::permission::Credential;
use evenhand_domain::user::UserStatus;
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Claim, Claimed};
use evenhand_persistence::intake::{self, ExternalId, NewLeadRow};
use evenhand_persistence::rotations::{self, Changes, Rotation};
use evenhand_persistence::{Error as StoreError, Tx, access};
use item::{Item, Outcome};

use crate::crash;
use crate::intake::{Submission, Submitted};
use crate::lane::Context;

type Answer = Result<Submitted, Error>;

/// Why a whole batch failed.
pub(crate) enum Failure {
    /// Nothing was stored.
    BeforeCommit(StoreError),
    /// The database did not confirm the commit.
    AtCommit(StoreError),
}

impl Failure {
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::BeforeCommit(error) | Self::AtCommit(error) => error,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::BeforeCommit(error)
    }
}

/// Stores the leads and decides their owners. The answers are in the submissions' order; `None`
/// for one that has to wait for the next batch, because it meets another of this one.
pub(crate) async fn run(
    context: &Context,
    submissions: &[&Submission],
) -> Result<Vec<Option<Answer>>, Failure> {
    let mut tx = context.store.begin().await?;
    let mut batch = Batch::new(submissions);
    batch.confirm(&mut tx).await?;
    let now = tx.now().await?;
    batch.identify(&context.ids, now);
    batch.claim_keys(&mut tx, now).await?;
    batch.claim_external_ids(&mut tx).await?;
    let mut rotations = batch.lock_rotations(&mut tx).await?;
    crash::point(crash::LOCKED);
    batch.check_users(&mut tx).await?;
    let changes = batch.decide(&mut rotations, now);
    let leads = batch.leads(&mut tx, &context.ids, now).await?;
    batch.store(&mut tx, leads, &rotations, changes, now).await?;
    crash::point(crash::WRITTEN);
    tx.commit().await.map_err(Failure::AtCommit)?;
    crash::point(crash::COMMITTED);
    Ok(batch.into_answers())
}

struct Batch<'a> {
    items: Vec<Item<'a>>,
}

impl<'a> Batch<'a> {
    fn new(submissions: &[&'a Submission]) -> Self {
        Self { items: submissions.iter().copied().map(Item::new).collect() }
    }

    fn open(&mut self) -> impl Iterator<Item = &mut Item<'a>> {
        self.items.iter_mut().filter(|item| matches!(item.outcome, Outcome::Open))
    }

    /// Reads what every credential is worth right now, and what time it is.
    async fn confirm(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut wanted: Vec<(OrganizationId, Credential)> = Vec::new();
        for item in &self.items {
            let key = item.credential();
            if !wanted.contains(&key) {
                wanted.push(key);
            }
        }
        let stamps = access::confirm(tx, &wanted).await?;
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

    async fn claim_keys(&mut self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        let mut claims = Vec::new();
        for item in self.open() {
            let Some(once) = &item.submission.once else { continue };
            let claim = once.claim(item.organization_id());
            if seen.insert((claim.organization_id, claim.credential_id, claim.key_hash)) {
                claims.push(claim.clone());
                item.claim = Some(claim);
            } else {
                item.outcome = Outcome::Deferred;
            }
        }
        let claimed = idempotency::claim(tx, &claims, now).await?;
        let mut claimed = claimed.into_iter();
        for item in self.open().filter(|item| item.claim.is_some()) {
            match claimed.next() {
                Some(Claimed::Fresh) | None => {}
                Some(Claimed::Replay(answer)) => {
                    item.claim = None;
                    item.answer(Ok(Submitted::Replayed(answer)));
                }
                Some(Claimed::Reused) => {
                    item.claim = None;
                    item.fail(Error::IdempotencyKeyReused);
                }
            }
        }
        Ok(())
    }

    async fn claim_external_ids(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        let mut claims = Vec::new();
        for item in self.open() {
            let fields = &item.submission.lead;
            let (Some(external_id), Some(lead_id)) = (&fields.external_id, item.lead_id) else {
                continue;
            };
            let claim = ExternalId {
                organization_id: item.organization_id(),
                source: fields.source.clone().unwrap_or_default(),
                external_id: external_id.clone(),
            };
            if seen.insert(claim.clone()) {
                claims.push((claim.clone(), lead_id));
                item.external_id = Some(claim);
            } else {
                item.outcome = Outcome::Deferred;
            }
        }
        let claimed = intake::claim_external_ids(tx, claims).await?;
        for item in self.open().filter(|item| item.external_id.is_some()) {
            if !item.lead_id.is_some_and(|id| claimed.contains(&id)) {
                item.external_id = None;
                item.fail(Error::Conflict(Conflict::ExternalIdTaken));
            }
        }
        Ok(())
    }

    async fn lock_rotations(&mut self, tx: &mut Tx) -> Result<Rotations, StoreError> {
        let mut wanted = BTreeSet::new();
        for item in self.open() {
            if let Some(group_id) = item.group_id() {
                if item.may_distribute_to(group_id) {
                    wanted.insert((item.organization_id(), group_id));
                } else {
                    item.fail(unknown_group());
                }
            }
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let mut rotations = Rotations::new();
        for rotation in rotations::lock_by_groups(tx, &wanted).await? {
            if let Some(group_id) = rotation.group_id {
                rotations.insert((rotation.state.organization_id, group_id), rotation);
            }
        }
        for item in self.open() {
            if let Some(group_id) = item.group_id()
                && !rotations.contains_key(&(item.organization_id(), group_id))
            {
                item.fail(unknown_group());
            }
        }
        Ok(rotations)
    }

    /// Users named as owners must be active, and stay so until the commit.
    async fn check_users(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut wanted = Vec::new();
        for item in self.open() {
            match item.named_owner() {
                Ok(Some(user)) => wanted.push((item.organization_id(), user)),
                Ok(None) => {}
                Err(error) => item.fail(error),
            }
        }
        let users = intake::users(tx, &wanted, true).await?;
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

    fn decide(&mut self, rotations: &mut Rotations, now: Timestamp) -> Changes {
        let mut changes = Changes::default();
        let mut counts = HashMap::new();
        for item in self.open() {
            item.decision = match item.group_id() {
                Some(group_id) => rotations
                    .get_mut(&(item.organization_id(), group_id))
                    .map(|rotation| item.deal(rotation, now, &mut changes, &mut counts)),
                None => Some(item.assign(now)),
            };
        }
        changes.counts = counts
            .into_iter()
            .filter_map(|((organization_id, rotation_id, user_id), group_id)| {
                let rotation = rotations.get(&(organization_id, group_id))?;
                let count = rotation.state.member(user_id)?.count?;
                Some((organization_id, rotation_id, user_id, count))
            })
            .collect();
        changes
    }

    /// The leads as they are to be stored.
    async fn leads(
        &mut self,
        tx: &mut Tx,
        ids: &IdSource,
        now: Timestamp,
    ) -> Result<Vec<NewLeadRow>, StoreError> {
        let mut owners = Vec::new();
        for item in self.open() {
            let owner = item.decision.as_ref().and_then(|decision| decision.owner);
            owners.extend(owner.map(|owner| (item.organization_id(), owner)));
        }
        let names = intake::users(tx, &owners, false).await?;
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
        rotations: &Rotations,
        changes: Changes,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        intake::insert(tx, &leads).await?;
        rotations::save(tx, rotations.values().map(|rotation| &rotation.state), changes).await?;
        events::append(tx, self.events(now)).await?;
        idempotency::keep(tx, self.kept_answers()).await?;
        self.release(tx).await
    }

    fn events(&self, now: Timestamp) -> Vec<Event> {
        self.items.iter().filter_map(|item| item.event(now)).collect()
    }

    fn kept_answers(&self) -> Vec<(Claim, uuid::Uuid, Vec<u8>)> {
        self.items
            .iter()
            .filter_map(|item| {
                let (claim, once) = (item.claim.clone()?, item.submission.once.as_ref()?);
                let lead = item.created()?;
                Some((claim, lead.id.uuid(), (once.keep)(lead)))
            })
            .collect()
    }

    /// What a failed request claimed is free again: only effects are remembered.
    async fn release(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let failed = || self.items.iter().filter(|item| item.created().is_none());
        let claims: Vec<Claim> = failed().filter_map(|item| item.claim.clone()).collect();
        let leads: Vec<_> = failed()
            .filter(|item| item.external_id.is_some())
            .filter_map(|item| Some((item.organization_id(), item.lead_id?)))
            .collect();
        idempotency::release(tx, &claims).await?;
        intake::release_external_ids(tx, &leads).await
    }

    fn into_answers(self) -> Vec<Option<Answer>> {
        self.items
            .into_iter()
            .map(|item| match item.outcome {
                Outcome::Answered(answer) => Some(answer),
                Outcome::Deferred => None,
                Outcome::Open => Some(Err(Error::internal("a lead was not decided"))),
            })
            .collect()
    }
}

type Rotations = HashMap<(OrganizationId, GroupId), Rotation>;
type Touched = HashMap<(OrganizationId, RotationId, UserId), GroupId>;

fn unknown_group() -> Error {
    Error::invalid("/assignment/group_id", "unknown_group", "no such group to distribute to")
}
