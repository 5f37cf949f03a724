//! `POST /v1/leads`.

use std::sync::Arc;
use std::time::Duration;

use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::lead::{AssignmentRequest, Lead};
use evenhand_domain::permission::{Actor, CreateLeads, Subject, Unconfirmed};
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

/// How often a caller whose access, or whose organization's settings, keep changing is read afresh.
const ROUNDS: u32 = 8;

/// Add a lead.
///
/// It is dealt, assigned or left unassigned in the same transaction, and the answer says to whom
/// and why. `assignment` with mode `user` needs the permission `leads.assign` as well.
#[utoipa::path(
    post, path = "/v1/leads", tag = "leads",
    responses(
        (status = 201, description = "The lead with its first assignment.", body = LeadView),
        (status = 409, description = "The source has the external id already: `external_id_taken`."),
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
        let Some(routing) = state.intake.routing(caller.grant()).await? else {
            caller.refresh(&state).await?;
            continue;
        };
        let content = body.content.clone();
        let grant = caller.grant();
        let parsed = content.check(|body, faults| {
            let source = grant.scope().source.as_deref();
            body.parse(grant.organization(), source, &routing.custom_fields, faults)
        });
        let (lead, how) = match parsed {
            // Judged by a copy of the caller's rights and rules; the first time it may be outdated.
            Err(_) if round == 0 => {
                caller.refresh(&state).await?;
                continue;
            }
            parsed => parsed?,
        };
        let grant = grant.clone();
        let how = how.unwrap_or_else(|| by_default(&grant));
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
    let detail = "your access or the organization's settings are changing right now";
    Err(Problem::unavailable(detail, Duration::from_secs(1)))
}

/// How a lead finds its owner that does not say how.
fn by_default(grant: &Unconfirmed<CreateLeads>) -> AssignmentRequest {
    match grant.subject() {
        Subject::User { .. } if grant.organization().auto_assign_creator => AssignmentRequest::Me,
        _ => AssignmentRequest::Route,
    }
}

fn created(lead: &Lead, actor: &Actor) -> Made {
    let view = LeadView::of_new(lead, actor);
    Made::created(format!("/v1/leads/{}", lead.id), lead.version, &view)
}
