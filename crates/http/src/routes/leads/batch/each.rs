//! Many leads, each added or refused on its own.

use std::sync::Arc;

use actix_web::http::StatusCode;
use evenhand_distribution::{Begun, Submission, Submitted};
use evenhand_domain::lead::Lead;
use evenhand_domain::permission::{Actor, CreateLeads};

use super::body::Given;
use super::checked;
use super::view::{Added, LeadBatchView};
use crate::answer::Made;
use crate::guard::AuthorizedIntake;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::routes::leads::create::{ROUNDS, changing, created};
use crate::state::HttpState;

/// What became of a lead so far.
type Outcome = Option<Result<Added, Problem>>;

/// What became of each lead so far.
type Results = Vec<Outcome>;

pub(super) async fn add(
    mut caller: AuthorizedIntake<CreateLeads>,
    state: &HttpState,
    key: &IdempotencyKey,
    bytes: &[u8],
    leads: &[Given],
) -> Answer {
    let grant = caller.grant();
    let once = key.once_for_items(grant.stamp().credential, bytes);
    let mut results: Results = leads.iter().map(|_| None).collect();
    let mut is_first = false;
    if let Some(once) = &once {
        let items = leads.iter().map(|lead| lead.canonical.as_bytes());
        let (organization, credential) = (grant.organization().id, grant.stamp().credential);
        let claims = key.claims_of_items(organization, credential, items);
        match state.intake.begin_each(grant, once, &claims).await? {
            Begun::Fresh => is_first = true,
            Begun::Again(kept) => {
                for (result, kept) in results.iter_mut().zip(kept) {
                    *result = kept.map(|kept| told_before(key, &kept));
                }
            }
        }
    }
    let end = submit_all(&mut caller, state, key, leads, &mut results).await;
    let is_empty = !results.iter().any(|result| matches!(result, Some(Ok(_))));
    if let (Some(once), true, true) = (&once, is_first, is_empty) {
        // Only effects are remembered.
        state.intake.give_up_each(caller.grant(), once).await?;
    }
    let refusal = end.err();
    if is_empty && let Some(problem) = refusal.clone().or_else(|| ended(&results)) {
        return Err(problem);
    }
    let results = results
        .into_iter()
        .map(|result| result.unwrap_or_else(|| Err(refusal.clone().unwrap_or_else(changing))));
    respond(results.collect())
}

/// Submits what nothing is said of yet until something is said of all, or the caller may not any more.
async fn submit_all(
    caller: &mut AuthorizedIntake<CreateLeads>,
    state: &HttpState,
    key: &IdempotencyKey,
    leads: &[Given],
    results: &mut Results,
) -> Result<(), Problem> {
    for _ in 0..ROUNDS {
        let mut open: Vec<(usize, &Given, &mut Outcome)> = leads
            .iter()
            .zip(results.iter_mut())
            .enumerate()
            .map(|(index, (lead, result))| (index, lead, result))
            .filter(|(.., result)| result.is_none())
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let wanted: Vec<&Given> = open.iter().map(|(_, lead, _)| *lead).collect();
        let checked = checked(caller, state, &wanted).await?;
        // What the leads allow is told to the actor that the transactions confirm.
        let actor = Arc::clone(caller.grant().actor());
        let (mut submissions, mut submitted) = (Vec::new(), Vec::new());
        for ((index, given, result), checked) in open.iter_mut().zip(checked) {
            match checked {
                Ok((lead, how)) => {
                    let grant = caller.grant().clone();
                    let credential = grant.stamp().credential;
                    let item = given.canonical.as_bytes();
                    let once = key.once_of_item(*index, credential, item, kept(&actor));
                    submissions.push(Submission { grant, lead, how, once });
                    submitted.push(result);
                }
                Err(problem) => **result = Some(Err(problem)),
            }
        }
        let answers = state.intake.submit_each(submissions).await;
        let mut is_stale = false;
        for (result, answer) in submitted.into_iter().zip(answers) {
            **result = match answer {
                Ok(Submitted::Created(lead)) => Some(Ok(Added::now(&lead, &actor))),
                Ok(Submitted::Replayed(kept)) => Some(told_before(key, &kept)),
                Ok(Submitted::Stale) => None,
                Err(error) => Some(Err(error.into())),
            };
            is_stale |= result.is_none();
        }
        if is_stale {
            caller.refresh(state).await?;
        }
    }
    Err(changing())
}

/// What an earlier request was told of a lead.
fn told_before(key: &IdempotencyKey, kept: &[u8]) -> Result<Added, Problem> {
    key.open(kept).map(|made| Added::before(&made))
}

/// The answer that is kept of a lead: that to a request for it alone.
fn kept(actor: &Arc<Actor>) -> impl Fn(&Lead) -> Made + Send + Sync + 'static {
    let actor = Arc::clone(actor);
    move |lead| created(lead, &actor)
}

/// The problem of a credential that ended before anything was added.
fn ended(results: &Results) -> Option<Problem> {
    let problems = results.iter().filter_map(|result| result.as_ref()?.as_ref().err());
    let mut ended = problems.filter(|problem| problem.code().status() == StatusCode::UNAUTHORIZED);
    ended.next().cloned()
}

fn respond(results: Vec<Result<Added, Problem>>) -> Answer {
    let mut added = results.iter().flatten();
    // Something was added before, and nothing now.
    let is_replay = added.clone().next().is_some() && !added.any(Added::is_now);
    let response = Made::told(&LeadBatchView::from(results)).respond()?;
    Ok(if is_replay { IdempotencyKey::as_replay(response) } else { response })
}
