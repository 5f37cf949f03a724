//! `POST /v1/leads`.

use std::sync::Arc;
use std::time::Duration;

use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::lead::Lead;
use evenhand_domain::permission::{Actor, CreateLeads};
use evenhand_persistence::idempotency::Outcome;

use super::body::CreateLead;
use super::view::LeadView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::AuthorizedIntake;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::state::State;

/// How often a caller whose access keeps changing is read afresh.
const ROUNDS: u32 = 3;

/// Add a lead.
///
/// It is dealt, assigned or left unassigned in the same transaction, and the answer says to whom
/// and why. A duplicate, i.e. a lead with the e-mail address or the phone number of a recent one,
/// goes by the organization's `duplicate_policy`. `assignment` with mode `user` needs the permission `leads.assign` as well.
#[utoipa::path(
    post, path = "/v1/leads", tag = "leads",
    responses(
        (status = 201, description = "The lead with its first assignment.", body = LeadView),
        (status = 409, description = "The source has the external id already: `external_id_taken`. The person is a lead already, and the organization rejects duplicates: `duplicate_lead`, with its `lead_id` if you see it."),
    ),
)]
pub(crate) async fn create_lead(
    mut caller: AuthorizedIntake<CreateLeads>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateLead>,
) -> Answer {
    let body = body.read().await?;
    for round in 0..ROUNDS {
        let content = body.content.clone();
        let parsed = content.check(|body, faults| body.parse(caller.grant(), faults));
        let (lead, how) = match parsed {
            // Judged by a copy of the caller's rights and rules; the first time it may be outdated.
            Err(_) if round == 0 => {
                caller.refresh(&state).await?;
                continue;
            }
            parsed => parsed?,
        };
        let grant = caller.grant().clone();
        // What the lead allows is told to the actor that the transaction confirms.
        let actor = Arc::clone(grant.actor());
        let created = move |lead: &Lead| created(lead, &actor);
        let once = key.once(grant.stamp().credential, &body.bytes, created.clone());
        match state.intake.submit(Submission { grant, lead, how, once }).await? {
            Submitted::Created(lead) => return created(&lead).respond(),
            Submitted::Replayed(kept) => {
                return key.answer(Outcome::<Lead>::Replayed(kept), created);
            }
            Submitted::Stale => caller.refresh(&state).await?,
        }
    }
    Err(Problem::unavailable("your access is changing right now", Duration::from_secs(1)))
}

fn created(lead: &Lead, actor: &Actor) -> Made {
    let view = LeadView::of_new(lead, actor);
    Made::created(format!("/v1/leads/{}", lead.id), lead.version, &view)
}
