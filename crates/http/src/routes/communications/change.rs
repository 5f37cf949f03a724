//! `PATCH /v1/leads/{id}/communications/{communication_id}`.

use evenhand_application::activities::communications;
use evenhand_domain::ids::{CommunicationId, LeadId};
use evenhand_domain::permission::EditLeads;

use super::body::ChangeCommunication;
use super::view::CommunicationView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Ids;
use crate::state::State;

/// Change what was put down of a communication.
///
/// A JSON merge patch: what is absent stays. By who put it down, and with the permission
/// `activities.manage` by whoever works on the lead.
#[utoipa::path(
    patch, path = "/v1/leads/{id}/communications/{communication_id}", tag = "activities",
    responses(
        (status = 200, description = "The communication as it is now.", body = CommunicationView),
        (status = 403, description = "You may only look at the lead. Or somebody else put it down, and the permission `activities.manage` is missing."),
    ),
)]
pub(crate) async fn change_lead_communication(
    Authorized(grant): Authorized<EditLeads>,
    state: State,
    Ids(lead_id, id): Ids<LeadId, CommunicationId>,
    expected: IfMatch,
    body: Body<ChangeCommunication>,
) -> Answer {
    let change = body.read().await?.content;
    let change = change.check(|body, faults| body.parse(state.services.clock.now(), faults))?;
    let expected = expected.version();
    let communication =
        communications::change(&state.services, &grant, lead_id, id, change, expected).await?;
    ok_version(communication.version, &CommunicationView::from(&communication))
}
