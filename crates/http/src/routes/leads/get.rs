//! `GET /v1/leads/{id}` and `GET /v1/leads/by-external-id/{source}/{external_id}`.

use evenhand_domain::error::{Error, Faults};
use evenhand_domain::ids::LeadId;
use evenhand_domain::lead::SourceId;
use evenhand_domain::permission::{Grant, ViewLeads};
use evenhand_persistence::leads::{self, SeenLead};
use evenhand_persistence::waiting;

use super::view::LeadView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::{Id, SourceAndId};
use crate::state::{HttpState, State};

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
    answer(&state, &grant, leads::get(state.store(), &grant, id).await?).await
}

/// Read a lead by its source's id of it.
///
/// A key with a source of its own finds those of no other.
#[utoipa::path(
    get, path = "/v1/leads/by-external-id/{source}/{external_id}", tag = "leads",
    responses((status = 200, description = "The lead.", body = LeadView)),
)]
pub(crate) async fn get_lead_by_external_id(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
    SourceAndId(source, external_id): SourceAndId,
) -> Answer {
    let is_its_own =
        |id: &SourceId| grant.subject().bound_source().is_none_or(|source| source == id.source);
    // What no lead can have, none has.
    let id = SourceId::parse(&source, &external_id, &mut Faults::default()).filter(is_its_own);
    let seen = match id {
        Some(id) => leads::by_source_id(state.store(), &grant, &id).await?,
        None => None,
    };
    answer(&state, &grant, seen).await
}

async fn answer(state: &HttpState, grant: &Grant<ViewLeads>, seen: Option<SeenLead>) -> Answer {
    let mut seen = seen.ok_or(Error::NotFound("lead"))?;
    let decisions = [&mut seen.lead.assignment];
    waiting::foresee(state.store(), grant, decisions, state.services.clock.now()).await?;
    ok_version(seen.lead.version, &LeadView::seen(&seen, grant.actor()))
}
