//! `POST /v1/leads/batch`.

mod body;
mod each;
mod together;
mod view;

use evenhand_domain::lead::{AssignmentRequest, NewLead};
use evenhand_domain::permission::CreateLeads;

use self::body::{CreateLeadBatch, Given, Mode};
use self::view::LeadBatchView;
use super::create::{ROUNDS, by_default, changing};
use crate::body::{Body, MIB};
use crate::guard::AuthorizedIntake;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::state::{HttpState, State};

/// The largest body that is taken: 1,000 leads with long texts.
const LARGEST: usize = 8 * MIB;

/// So many leads are checked at a stretch: other requests of the same thread wait no longer.
const AT_A_STRETCH: usize = 32;

/// Add up to 1,000 leads.
///
/// They are dealt in the order of `leads`, and each as `POST /v1/leads` deals it; `data` tells of each in
/// the same order.
///
/// With mode `partial` each lead is added or refused on its own, and the answer is 200 whatever becomes of
/// them. Two of one person, or with one external id, are as if sent one after the other. After an
/// interruption send the same again with the same `Idempotency-Key`: what is missing is added, and what is
/// there is told again.
///
/// With mode `atomic` all are added in one transaction, or none: faults are told of all leads at once,
/// with pointers such as `/leads/3/email`; another problem is that of the first lead that has one, and
/// `index` says which.
#[utoipa::path(
    post, path = "/v1/leads/batch", tag = "leads",
    responses(
        (status = 200, description = "What became of each lead.", body = LeadBatchView),
        (status = 409, description = "With mode `atomic`, and nothing is added: `external_id_taken`, `duplicate_lead`, as for a single lead."),
    ),
)]
pub(crate) async fn create_leads(
    caller: AuthorizedIntake<CreateLeads>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateLeadBatch, LARGEST>,
) -> Answer {
    let body = body.read().await?;
    let (mode, leads) = body.content.check(CreateLeadBatch::parse)?;
    let leads: Vec<Given> = leads.into_iter().map(Given::read).collect();
    match mode {
        Mode::Partial => each::add(caller, &state, &key, &body.bytes, &leads).await,
        Mode::Atomic => together::add(caller, &state, &key, &body.bytes, &leads).await,
    }
}

/// A lead that is sound, with how it is to find its owner; or what is wrong with it.
type Checked = Result<(NewLead, AssignmentRequest), Problem>;

/// Leads by the rights and rules of a copy of the caller that is fresh where something is wrong with
/// one of them.
async fn checked(
    caller: &mut AuthorizedIntake<CreateLeads>,
    state: &HttpState,
    leads: &[&Given],
) -> Result<Vec<Checked>, Problem> {
    for round in 0..ROUNDS {
        let Some(routing) = state.intake.routing(caller.grant()).await? else {
            caller.refresh(state).await?;
            continue;
        };
        let grant = caller.grant();
        let mut parsed: Vec<Checked> = Vec::with_capacity(leads.len());
        for stretch in leads.chunks(AT_A_STRETCH) {
            parsed.extend(stretch.iter().map(|lead| {
                let (lead, how) = lead.parse(grant, &routing)?;
                Ok((lead, how.unwrap_or_else(|| by_default(grant))))
            }));
            tokio::task::yield_now().await;
        }
        if round == 0 && parsed.iter().any(Result::is_err) {
            caller.refresh(state).await?;
            continue;
        }
        return Ok(parsed);
    }
    Err(changing())
}
