//! `POST /v1/leads/{id}/communications`.

use evenhand_application::activities::communications;
use evenhand_domain::activity::Communication;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::EditLeads;

use super::body::AddCommunication;
use super::view::CommunicationView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Put down a communication with a lead.
///
/// A call, an e-mail, a text message or a meeting, by whoever works on the lead: former owners and who
/// entered it only look on. The lead's own version stays.
#[utoipa::path(
    post, path = "/v1/leads/{id}/communications", tag = "activities",
    responses(
        (status = 201, description = "The communication.", body = CommunicationView),
        (status = 403, description = "You may only look at the lead."),
    ),
)]
pub(crate) async fn add_lead_communication(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    key: IdempotencyKey,
    body: Body<AddCommunication>,
) -> Answer {
    let body = body.read().await?;
    let fields =
        body.content.check(|body, faults| body.parse(state.services.clock.now(), faults))?;
    let once = key.once(grant.stamp().credential, &body.bytes, added);
    let outcome =
        communications::add(&state.services, &grant, lead_id, fields, once.as_ref()).await?;
    key.answer(outcome, added)
}

fn added(communication: &Communication) -> Made {
    let location =
        format!("/v1/leads/{}/communications/{}", communication.lead_id, communication.id);
    Made::created(location, communication.version, &CommunicationView::from(communication))
}
