//! Dry runs of rotations, whether a group or a team owns them.

mod body;
mod view;

use std::collections::HashMap;

use evenhand_application::simulation::{self, Asker};
use evenhand_domain::error::Error;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::permission::{Grant, ViewGroups, ViewTeams};
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::user::UserName;
use evenhand_persistence::ledgers::{self, OnLedgers};
use evenhand_persistence::users;

use body::SimulateDistribution;
use view::SimulationView;

use crate::answer::ok;
use crate::body::Body;
use crate::guard::Authorized;
use crate::operations::{Answer, Operations};
use crate::path::Id;
use crate::state::{HttpState, State};

pub use body::simulation_of;
pub use view::simulated_json;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(__path_simulate_group_distribution, simulate_group_distribution)
        .add(__path_simulate_team_distribution, simulate_team_distribution)
}

/// Simulate a group's distribution.
///
/// What would become of the next leads as everything is now, or with some things otherwise: whom each
/// would be dealt to, and why nobody. The same code decides that deals real leads, on what is stored
/// as of one moment; nothing is written. Leads that wait are dealt first, and when `from` and `until`
/// spread the leads over time, so are those that come to wait, as soon as somebody is eligible again.
///
/// With `replay` the leads of a past period are dealt again, by this rotation alone: whatever else
/// happened in it happens again, except for what the changes fix.
#[utoipa::path(
    post, path = "/v1/groups/{id}/distribution/simulate", tag = "groups",
    responses((status = 200, description = "What would happen.", body = SimulationView)),
)]
pub(crate) async fn simulate_group_distribution(
    Authorized(grant): Authorized<ViewGroups>,
    state: State,
    Id(id): Id<GroupId>,
    body: Body<SimulateDistribution>,
) -> Answer {
    simulate(&state, &grant, id.into(), body).await
}

/// Simulate a team's distribution.
///
/// As a group's, for a team you are on, or any for who manages teams.
#[utoipa::path(
    post, path = "/v1/teams/{id}/distribution/simulate", tag = "teams",
    responses((status = 200, description = "What would happen.", body = SimulationView)),
)]
pub(crate) async fn simulate_team_distribution(
    Authorized(grant): Authorized<ViewTeams>,
    state: State,
    Id(id): Id<TeamId>,
    body: Body<SimulateDistribution>,
) -> Answer {
    simulate(&state, &grant, id.into(), body).await
}

async fn simulate<A: OnLedgers>(
    state: &HttpState,
    grant: &Grant<A>,
    owner: RotationOwner,
    body: Body<SimulateDistribution>,
) -> Answer {
    let now = state.services.clock.now();
    let asked = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let what = match owner {
        RotationOwner::Group(_) => "group",
        RotationOwner::Team(_) => "team",
    };
    let ledger = ledgers::find(state.store(), grant, owner).await?.ok_or(Error::NotFound(what))?;
    let asker = Asker::caller(grant);
    let (question, changes) = asked;
    let simulated = simulation::simulate(
        state.store(),
        &*state.services.clock,
        &asker,
        (ledger, owner),
        question,
        changes,
    )
    .await?;
    let (decided, ids) = view::decided(&simulated);
    let known = users::mentioned(state.store(), grant, &ids).await?;
    let names: HashMap<UserId, UserName> =
        known.into_iter().map(|(id, (name, _))| (id, name)).collect();
    ok(&SimulationView::new(&simulated, decided, &names))
}
