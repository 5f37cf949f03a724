//! `DELETE /v1/teams/{id}`.

use evenhand_application::teams;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ManageTeams;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::state::State;

/// What is to become of what depends on the team.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteTeamQuery {
    /// `remove` takes everybody off the team; without it, a team that has members is not deleted.
    #[param(pattern = "^remove$")]
    members: Option<String>,
}

/// Delete a team.
///
/// It disappears from lists and its name is free; managers see its users' leads no more. People
/// and leads stay.
#[utoipa::path(
    delete, path = "/v1/teams/{id}", tag = "teams",
    responses(
        (status = 204, description = "The team is deleted."),
        (status = 409, description = "It has members, and the request does not say `members=remove`: `team_in_use` with `dependents`. Routing rules send leads to it: `used_by_rules` with `rules`."),
    ),
)]
pub(crate) async fn delete_team(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    query: Query<DeleteTeamQuery>,
) -> Answer {
    let remove_members = query.check(remove_members)?;
    teams::archive(&state.services, &grant, id, remove_members, expected.version()).await?;
    no_content()
}

fn remove_members(query: DeleteTeamQuery, faults: &mut Faults) -> Option<bool> {
    let Some(text) = query.members else { return Some(false) };
    fields::word(faults, "/members", &text, |text| (text == "remove").then_some(true), &["remove"])
}
