//! `GET /v1/groups/{id}/distribution/waiting`, and what is done with a lead on it.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{GroupId, LeadId};
use evenhand_domain::permission::{ManageGroups, ViewGroups};
use evenhand_persistence::rotations;

use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::{Id, Ids};
use crate::query::{List, NoFilters};
use crate::routes::waiting::{self, DealtLeadView, WaitingLeadPage};
use crate::state::State;

/// List the leads that wait for a group.
///
/// First in, first out: they are dealt in this order as soon as a member is eligible, and before
/// whatever comes after them.
#[utoipa::path(
    get, path = "/v1/groups/{id}/distribution/waiting", tag = "groups",
    responses((status = 200, description = "A page of waiting leads.", body = WaitingLeadPage)),
)]
pub(crate) async fn list_group_waiting_leads(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|none, _| Some(none))?;
    let rotation = rotations::of_group(state.store(), &grant, id).await?;
    let rotation = rotation.ok_or(Error::NotFound("group"))?;
    waiting::page(&state, &grant, &rotation, &asked).await
}

/// Deal a lead that waits for a group now.
///
/// It takes the next turn, before those ahead of it.
#[utoipa::path(
    post, path = "/v1/groups/{id}/distribution/waiting/{lead_id}/deal", tag = "groups",
    responses(
        (status = 200, description = "Who got it.", body = DealtLeadView),
        (status = 409, description = "No member can be dealt to, and it goes on waiting: `nobody_eligible`, with the reason in `detail`."),
    ),
)]
pub(crate) async fn deal_group_waiting_lead(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Ids(id, lead): Ids<GroupId, LeadId>,
) -> Answer {
    waiting::deal(&state, &grant, id.into(), lead).await
}

/// Take a lead off the waiting list of a group.
///
/// It stays without an owner, with the reason `removed_from_waiting_list`.
#[utoipa::path(
    delete, path = "/v1/groups/{id}/distribution/waiting/{lead_id}", tag = "groups",
    responses((status = 204, description = "It waits no longer.")),
)]
pub(crate) async fn remove_group_waiting_lead(
    Authorized(grant): Authorized<ManageGroups>,
    state: State,
    Ids(id, lead): Ids<GroupId, LeadId>,
) -> Answer {
    waiting::remove(&state, &grant, id.into(), lead).await
}
