//! `GET /v1/leads/{id}/communications/{communication_id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{CommunicationId, LeadId};
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::communications;

use super::view::CommunicationView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Read a communication.
#[utoipa::path(
    get, path = "/v1/leads/{id}/communications/{communication_id}", tag = "activities",
    responses((status = 200, description = "The communication.", body = CommunicationView)),
)]
pub(crate) async fn get_lead_communication(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, CommunicationId>,
) -> Answer {
    let communication = communications::get(state.store(), &grant, lead_id, id).await?;
    let communication = communication.ok_or(Error::NotFound("communication"))?;
    ok_version(communication.version, &CommunicationView::from(&communication))
}
