//! `POST /v1/teams`.

use evenhand_application::teams;
use evenhand_domain::permission::ManageTeams;
use evenhand_domain::team::Team;

use super::body::CreateTeam;
use super::unfit;
use super::view::TeamView;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Make a team.
///
/// With its rotation, and its first managers and users. Managers hold the role manager or above, else the fault is
/// `not_a_manager`.
#[utoipa::path(
    post, path = "/v1/teams", tag = "teams",
    responses(
        (status = 201, description = "The team.", body = TeamView),
        (status = 409, description = "The name is taken: `team_name_taken`."),
    ),
)]
pub(crate) async fn create_team(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    key: IdempotencyKey,
    body: Body<CreateTeam>,
) -> Answer {
    let body = body.read().await?;
    let mut seats = Vec::new();
    let mut parsed = body.content.parse(|body, faults| {
        let (team, placed) = body.parse(faults);
        seats = placed;
        team
    });
    if parsed.is_faulty() {
        parsed.add(&unfit(&state, &grant, &seats, &[]).await?);
    }
    let team = parsed.finish()?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = teams::create(&state.services, &grant, team, once.as_ref()).await?;
    key.answer(outcome, created)
}

fn created(team: &Team) -> Made {
    Made::created(format!("/v1/teams/{}", team.id), team.version, &TeamView::from(team))
}
