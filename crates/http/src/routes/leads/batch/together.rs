//! Many leads, all of them or none.

use std::sync::Arc;

use evenhand_distribution::{Submission, Together};
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::lead::Lead;
use evenhand_domain::permission::CreateLeads;
use evenhand_persistence::idempotency::Outcome;

use super::body::Given;
use super::checked;
use super::view::{Added, LeadBatchView};
use crate::answer::Made;
use crate::guard::AuthorizedIntake;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::routes::leads::create::{ROUNDS, changing};
use crate::state::HttpState;

pub(super) async fn add(
    mut caller: AuthorizedIntake<CreateLeads>,
    state: &HttpState,
    key: &IdempotencyKey,
    bytes: &[u8],
    leads: &[Given],
) -> Answer {
    let all: Vec<&Given> = leads.iter().collect();
    for _ in 0..ROUNDS {
        let sound = sound(checked(&mut caller, state, &all).await?)?;
        let grant = caller.grant();
        let submissions = sound.into_iter().map(|(lead, how)| Submission {
            grant: grant.clone(),
            lead,
            how,
            once: None,
        });
        let actor = Arc::clone(grant.actor());
        let created = move |leads: &Vec<Lead>| {
            let added = leads.iter().map(|lead| Ok(Added::now(lead, &actor)));
            Made::told(&LeadBatchView::from(added.collect::<Vec<Result<Added, Problem>>>()))
        };
        let once = key.once(grant.stamp().credential, bytes, created.clone());
        match state.intake.submit_together(submissions.collect(), once).await? {
            Together::Created(leads) => return created(&leads).respond(),
            Together::Replayed(kept) => {
                return key.answer(Outcome::<Vec<Lead>>::Replayed(kept), created);
            }
            Together::Refused(errors) => return Err(refusal(errors)),
            Together::Stale => caller.refresh(state).await?,
        }
    }
    Err(changing())
}

/// All leads, or the faults of all.
fn sound<T>(checked: Vec<Result<T, Problem>>) -> Result<Vec<T>, Problem> {
    let (mut sound, mut faults) = (Vec::with_capacity(checked.len()), Faults::default());
    for (index, checked) in checked.into_iter().enumerate() {
        match checked {
            Ok(lead) => sound.push(lead),
            Err(problem) if problem.faults().is_empty() => return Err(problem.of_item(index)),
            Err(problem) => faults.append_below(&place(index), problem.faults().clone()),
        }
    }
    if faults.is_empty() { Ok(sound) } else { Err(Problem::invalid(faults)) }
}

/// The faults of all leads that have any, else the problem of the first.
fn refusal(errors: Vec<(usize, Error)>) -> Problem {
    let (mut faults, mut first) = (Faults::default(), None);
    for (index, error) in errors {
        match error {
            Error::Invalid(of_lead) => faults.append_below(&place(index), of_lead),
            error if first.is_none() => first = Some((index, error)),
            _ => {}
        }
    }
    match first {
        Some((index, error)) if faults.is_empty() => Problem::from(error).of_item(index),
        _ => Problem::invalid(faults),
    }
}

fn place(index: usize) -> String {
    format!("/leads/{index}")
}
