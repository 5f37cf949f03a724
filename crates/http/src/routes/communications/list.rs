//! `GET /v1/leads/{id}/communications`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::activities::communications;

use super::view::{CommunicationPage, CommunicationView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List the communications with a lead.
///
/// The latest first, by when they were. Whoever sees the lead reads them, former owners and who entered it as well.
#[utoipa::path(
    get, path = "/v1/leads/{id}/communications", tag = "activities",
    responses((status = 200, description = "A page of communications.", body = CommunicationPage)),
)]
pub(crate) async fn list_lead_communications(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(lead_id): Id<LeadId>,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|filters, _| Some(filters))?;
    let page = communications::list(state.store(), &grant, lead_id, &asked.page).await?;
    let page = page.ok_or(Error::NotFound("lead"))?;
    ok(&CommunicationPage::from(
        asked.views(page, |communication| CommunicationView::from(&communication)),
    ))
}
