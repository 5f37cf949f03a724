//! `GET /v1/leads/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::LeadId;
use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::{leads, waiting};

use super::view::LeadView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a lead.
#[utoipa::path(
    get, path = "/v1/leads/{id}", tag = "leads",
    responses((status = 200, description = "The lead.", body = LeadView)),
)]
pub(crate) async fn get_lead(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    Id(id): Id<LeadId>,
) -> Answer {
    let mut seen = leads::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("lead"))?;
    let decisions = [&mut seen.lead.assignment];
    waiting::foresee(state.store(), &grant, decisions, state.services.clock.now()).await?;
    ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor()))
}
