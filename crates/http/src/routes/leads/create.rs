//! `POST /v1/leads`.

use std::sync::Arc;
use std::time::Duration;

use evenhand_distribution::{Submission, Submitted};
use evenhand_domain::error::Faults;
use evenhand_domain::lead::{AssignmentRequest, Lead};
use evenhand_domain::permission::{Actor, CreateLeads, Subject, Unconfirmed};
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
use crate::query::{FromQuery, Parameters};
use crate::state::State;

/// How often a caller whose access, or whose organization's settings, keep changing is read afresh.
pub(super) const ROUNDS: u32 = 8;

/// How it is to be added.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateLeadQuery {
    /// `true` only answers what would become of it.
    #[param(value_type = Option<bool>)]
    validate_only: Option<String>,
}

/// Whether it is only to be said what would become of it.
pub(crate) struct ValidateOnly(bool);

impl FromQuery for ValidateOnly {
    type Texts = CreateLeadQuery;

    fn parse(
        CreateLeadQuery { validate_only }: CreateLeadQuery,
        faults: &mut Faults,
    ) -> Option<Self> {
        let validate_only =
            validate_only.map_or(Some(false), |text| fields::flag(faults, "/validate_only", &text));
        validate_only.map(Self)
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
    Parameters(ValidateOnly(validate_only)): Parameters<ValidateOnly>,
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
    Err(changing())
}

/// 503 for who could not be read afresh often enough.
pub(super) fn changing() -> Problem {
    let detail = "your access or the organization's settings are changing right now";
    Problem::unavailable(detail, Duration::from_secs(1))
}

/// How a lead finds its owner that does not say how.
pub(super) fn by_default(grant: &Unconfirmed<CreateLeads>) -> AssignmentRequest {
    match grant.subject() {
        Subject::User { .. } if grant.organization().auto_assign_creator => AssignmentRequest::Me,
        _ => AssignmentRequest::Route,
    }
}

pub(super) fn created(lead: &Lead, actor: &Actor) -> Made {
    let view = LeadView::of_new(lead, actor);
    Made::created(format!("/v1/leads/{}", lead.id), lead.version, &view)
}
