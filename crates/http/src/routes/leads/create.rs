//! `POST /v1/leads`.

use std::sync::Arc;
use std::time::Duration;

use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::error::Faults;
use evenhand_domain::lead::Lead;
use evenhand_domain::permission::{Actor, CreateLeads};
use evenhand_persistence::idempotency::Outcome;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::CreateLead;
use super::preview_view::LeadPreviewView;
use super::view::LeadView;
use crate::answer::{Made, ok};
use crate::body::Body;
use crate::fields;
use crate::guard::AuthorizedIntake;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::Query;
use crate::state::State;

/// How often a caller whose access keeps changing is read afresh.
const ROUNDS: u32 = 3;

/// How it is to be added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateLeadQuery {
    /// `true` only answers what would become of it.
    #[param(value_type = Option<bool>)]
    validate_only: Option<String>,
}

impl CreateLeadQuery {
    fn parse(self, faults: &mut Faults) -> Option<bool> {
        let read = |text: &str| text.parse().ok();
        match self.validate_only {
            Some(text) => fields::word(faults, "/validate_only", &text, read, &["true", "false"]),
            None => Some(false),
        }
    }
}

/// Add a lead.
///
/// It is dealt, assigned or left unassigned in the same transaction, and the answer says to whom
/// and why. A duplicate, i.e. a lead with the e-mail address or the phone number of a recent one,
/// goes by the organization's `duplicate_policy`. `assignment` with mode `user` needs the permission `leads.assign` as well.
///
/// `validate_only=true` stores nothing and answers what would be done at this moment, with 200 or
/// the same problems. No turn, no external id and no idempotency key is spent.
#[utoipa::path(
    post, path = "/v1/leads", tag = "leads",
    responses(
        (status = 200, description = "With `validate_only`: what would become of it.", body = LeadPreviewView),
        (status = 201, description = "The lead with its first assignment.", body = LeadView),
        (status = 409, description = "The source has the external id already: `external_id_taken`. The person is a lead already, and the organization rejects duplicates: `duplicate_lead`, with its `lead_id` if you see it."),
    ),
)]
pub(crate) async fn create_lead(
    mut caller: AuthorizedIntake<CreateLeads>,
    state: State,
    key: IdempotencyKey,
    query: Query<CreateLeadQuery>,
    body: Body<CreateLead>,
) -> Answer {
    let validate_only = query.check(CreateLeadQuery::parse)?;
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
        let submission = Submission { grant, lead, how, once };
        let submitted = if validate_only {
            state.intake.rehearse(submission).await?
        } else {
            state.intake.submit(submission).await?
        };
        match submitted {
            Submitted::Created(lead) if validate_only => {
                return ok(&LeadPreviewView::from(&*lead));
            }
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
