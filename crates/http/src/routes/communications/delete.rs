//! `DELETE /v1/leads/{id}/communications/{communication_id}`.

use evenhand_application::activities::communications;
use evenhand_domain::ids::{CommunicationId, LeadId};
use evenhand_domain::permission::EditLeads;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Delete a communication.
///
/// Its words are gone for good; that it was put down and deleted, when and by whom, is still told. By
/// who put it down, and with the permission `activities.manage` by whoever works on the lead.
#[utoipa::path(
    delete, path = "/v1/leads/{id}/communications/{communication_id}", tag = "activities",
    responses(
        (status = 204, description = "The communication is gone."),
        (status = 403, description = "You may only look at the lead. Or somebody else put it down, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn delete_lead_communication(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, CommunicationId>,
    expected: IfMatch,
) -> Answer {
    communications::delete(&state.services, &grant, lead_id, id, expected.version()).await?;
    no_content()
}
