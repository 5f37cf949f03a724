//! Many leads of one request: each on its own, or all of them or none.

use std::time::Duration;

use evenhand_domain::error::{Error, Unauthenticated, Unavailable};
use evenhand_domain::lead::Lead;
use evenhand_domain::permission::{CreateLeads, Unconfirmed};
use evenhand_persistence::access;
use evenhand_persistence::idempotency::{self, Claim, Once};
use futures_util::future::join_all;

use crate::batch;
use crate::intake::{Intake, Submission, Submitted};

/// How long a request that wants all of its leads or none waits until others that do are done.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of submissions of which all are stored or none.
#[derive(Debug)]
pub enum Together {
    /// All are stored, in their order.
    Created(Vec<Lead>),
    /// Stored by an earlier request with the same idempotency key: the answer kept then.
    Replayed(Vec<u8>),
    /// The cached authority is out of date and nothing was done: read it afresh and submit again.
    Stale,
    /// Nothing was stored, because of these, by their places.
    Refused(Vec<(usize, Error)>),
}

/// Whether the key of a request for many leads was known.
#[derive(Debug, PartialEq, Eq)]
pub enum Begun {
    /// The request comes for the first time.
    Fresh,
    /// The same request came before, and may have been done in part: the answer that is kept of each
    /// lead, where there is one.
    Again(Vec<Option<Vec<u8>>>),
}

impl Intake {
    /// [`Intake::submit`] for each of one request's leads, whose results are in the same order. All
    /// take one lane, one behind the other: they are dealt in their order, and whatever follows an
    /// earlier one of the same person or external id finds that one.
    pub async fn submit_each(&self, submissions: Vec<Submission>) -> Vec<Result<Submitted, Error>> {
        let mut routed = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let by_rules = self.route(&submission).await;
            routed.push((submission, by_rules));
        }
        let lane = routed.iter().find_map(|(submission, by_rules)| match by_rules {
            Ok(Some(by_rules)) => Some(self.lane_of(submission, *by_rules)),
            Ok(None) | Err(_) => None,
        });
        let mut answers = Vec::with_capacity(routed.len());
        for (submission, by_rules) in routed {
            answers.push(match (by_rules, lane) {
                (Ok(Some(by_rules)), Some(lane)) => Ok(Self::queue(lane, submission, by_rules)),
                (Ok(_), _) => Err(Ok(Submitted::Stale)),
                (Err(error), _) => Err(Err(error)),
            });
        }
        let answered = answers.into_iter().map(|queued| async move {
            match queued {
                Ok(queued) => Self::answer(queued).await,
                Err(answer) => answer,
            }
        });
        join_all(answered).await
    }

    /// Stores all leads and decides their owners in one transaction, or does nothing. One request
    /// at a time: two would only wait for each other.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a credential that has ended, [`Error::IdempotencyKeyReused`],
    /// [`Error::Unavailable`] when others are in the way or the database away.
    pub async fn submit_together(
        &self,
        submissions: Vec<Submission>,
        once: Option<Once<Vec<Lead>>>,
    ) -> Result<Together, Error> {
        let mut asked = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let Some(routed) = self.route(&submission).await? else { return Ok(Together::Stale) };
            asked.push((submission, routed));
        }
        let turn = tokio::time::timeout(PATIENCE, self.together().acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Error::Unavailable(Unavailable::QueueFull, Duration::from_secs(1)));
        };
        match batch::together(self.context(), &asked, once.as_ref()).await {
            Ok(answer) => answer,
            Err(failure) => {
                failure.log();
                Err(failure.answer())
            }
        }
    }

    /// Claims the key of a request whose leads are stored one by one, each under one of the keys of
    /// `leads`: from now on it means this request. What is stored already has no need of a lane.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a credential that has ended, [`Error::IdempotencyKeyReused`], a
    /// conflict while the key is being claimed elsewhere, [`Error::Unavailable`].
    pub async fn begin_each(
        &self,
        grant: &Unconfirmed<CreateLeads>,
        once: &Once<()>,
        leads: &[Claim],
    ) -> Result<Begun, Error> {
        let organization_id = grant.organization().id;
        let mut tx = self.context().store.begin().await?;
        let stamps = access::confirm(&mut tx, &[(organization_id, once.credential)]).await?;
        if stamps.first().copied().flatten().is_none() {
            return Err(Error::Unauthenticated(Unauthenticated::Invalid));
        }
        if idempotency::begin(&mut tx, organization_id, Some(once)).await?.is_some() {
            let now = tx.now().await?;
            return Ok(Begun::Again(idempotency::kept_answers(&tx, leads, now).await?));
        }
        let subject = organization_id.uuid();
        idempotency::finish(&mut tx, organization_id, Some(once), subject, &()).await?;
        tx.commit().await?;
        Ok(Begun::Fresh)
    }

    /// Gives up the key of a request of which nothing was stored.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn give_up_each(
        &self,
        grant: &Unconfirmed<CreateLeads>,
        once: &Once<()>,
    ) -> Result<(), Error> {
        let mut tx = self.context().store.begin().await?;
        idempotency::forget(&mut tx, &[once.claim(grant.organization().id)]).await?;
        Ok(tx.commit().await?)
    }
}
