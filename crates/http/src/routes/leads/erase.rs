//! `POST /v1/leads/{id}/erase`.

use evenhand_application::leads;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::EraseLeads;

use super::view::LeadView;
use crate::answer::ok_version;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Erase a lead's personal data.
///
/// For good: names, addresses, numbers, company, external id, tags and custom fields, notes,
/// communications and tasks, what the timeline and kept answers say of them; a repetition of a request
/// whose answer told of them gets 410. What was decided about the lead stays, and ledgers verify as
/// before. The lead stays archived. Other leads of the same person are not touched. One that is erased
/// stays so.
#[utoipa::path(
    post, path = "/v1/leads/{id}/erase", tag = "leads",
    responses(
        (status = 200, description = "What is left of the lead.", body = LeadView),
        (status = 403, description = "You may only look at the lead."),
    ),
)]
pub(crate) async fn erase_lead(
    Authorized(grant): Authorized<EraseLeads>,
    state: State,
    Id(id): Id<LeadId>,
    expected: IfMatch,
) -> Answer {
    let seen = leads::erase(&state.services, &grant, id, expected.version()).await?;
    ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor()))
}
