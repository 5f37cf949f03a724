//! Many leads, all of them or none: one batch of their own, in one transaction.

use std::time::Duration;

use evenhand_domain::error::{Error, Unavailable};
use evenhand_domain::lead::Lead;
use evenhand_domain::routing::Routed;
use evenhand_persistence::Tx;
use evenhand_persistence::idempotency::{self, Claim, Claimed, Once};

use super::{Answer, Batch, Failure, Patience, confirmed};
use crate::crash;
use crate::intake::{Submission, Submitted};
use crate::lane::Context;
use crate::many::Together;

/// Stores all leads, or none where one of them cannot be.
pub(crate) async fn together(
    context: &Context,
    asked: &[(Submission, Option<Routed>)],
    once: Option<&Once<Vec<Lead>>>,
) -> Result<Result<Together, Error>, Failure> {
    let items = asked.iter().map(|(submission, routed)| (submission, *routed));
    let mut batch = Batch::new(items).knowing(&context.known);
    let mut tx = context.store.begin().await?;
    let now = confirmed(context, &mut tx, &mut batch, Patience::Long, &[]).await?;
    if batch.open().count() < asked.len() {
        // Of one credential: what is wrong with it is wrong for all.
        tx.roll_back().await?;
        return Ok(collected(batch.into_answers()));
    }
    let organization_id = asked.first().map(|(first, _)| first.grant.organization().id);
    let claim = once.zip(organization_id).map(|(once, id)| once.claim(id));
    if let Some(claim) = &claim {
        let claimed = idempotency::claim(&mut tx, std::slice::from_ref(claim), now).await;
        match claimed.map_err(Failure::AtKeys)?.pop() {
            Some(Claimed::Replay(kept)) => return Ok(Ok(Together::Replayed(kept))),
            Some(Claimed::Reused) => return Ok(Err(Error::IdempotencyKeyReused)),
            Some(Claimed::Erased) => return Ok(Err(Error::Erased)),
            Some(Claimed::Fresh) | None => {}
        }
    }
    batch.write(&mut tx, &context.ids, Patience::Long, now).await?;
    let rotations = std::mem::take(&mut batch.rotations);
    match collected(batch.into_answers()) {
        Ok(Together::Created(leads)) => {
            keep(&mut tx, claim, once, &leads).await?;
            crash::point(crash::WRITTEN);
            tx.commit().await.map_err(Failure::AtCommit)?;
            crash::point(crash::COMMITTED);
            context.known.members.keep(rotations.into_values());
            Ok(Ok(Together::Created(leads)))
        }
        otherwise => {
            tx.roll_back().await?;
            Ok(otherwise)
        }
    }
}

async fn keep(
    tx: &mut Tx,
    claim: Option<Claim>,
    once: Option<&Once<Vec<Lead>>>,
    leads: &Vec<Lead>,
) -> Result<(), Failure> {
    if let (Some(claim), Some(once), Some(first)) = (claim, once, leads.first()) {
        let answer = (once.keep)(leads);
        // It is about all of them: of no lead, so that whoever erases one of them finds it
        // (`idempotency::forget_answers`).
        idempotency::keep(tx, vec![(claim, first.assignment.id.uuid(), answer)]).await?;
    }
    Ok(())
}

/// What becomes of all by what would become of each.
fn collected(answers: Vec<Option<Answer>>) -> Result<Together, Error> {
    let (mut leads, mut refused, mut is_stale) = (Vec::new(), Vec::new(), false);
    for (index, answer) in answers.into_iter().enumerate() {
        match answer {
            Some(Ok(Submitted::Created(lead))) => leads.push(*lead),
            Some(Ok(Submitted::Stale)) => is_stale = true,
            Some(Err(Error::Unauthenticated(why))) => return Err(Error::Unauthenticated(why)),
            Some(Err(error)) => refused.push((index, error)),
            // It hangs on another that is refused, or on what others were changing at that moment.
            Some(Ok(Submitted::Replayed(_))) | None => refused
                .push((index, Error::Unavailable(Unavailable::Database, Duration::from_secs(1)))),
        }
    }
    if is_stale {
        return Ok(Together::Stale);
    }
    if refused.is_empty() {
        return Ok(Together::Created(leads));
    }
    // What hangs on others tells nothing where these are told.
    let is_passing = |error: &Error| matches!(error, Error::Unavailable(..));
    if !refused.iter().all(|(_, error)| is_passing(error)) {
        refused.retain(|(_, error)| !is_passing(error));
    }
    Ok(Together::Refused(refused))
}
