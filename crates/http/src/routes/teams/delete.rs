//! `DELETE /v1/teams/{id}`.

use evenhand_application::archiving::Answered;
use evenhand_application::teams;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::TeamId;
use evenhand_domain::permission::ManageTeams;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::routes::rotations::answered;
use crate::state::State;

/// What is to become of what depends on the team.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteTeamQuery {
    /// `remove` takes everybody off the team; without it, a team that has members is not deleted.
    #[param(pattern = "^remove$")]
    members: Option<String>,
    /// `stop` ends deactivations whose leads the team is dealing: they fail, and the rest of the
    /// leads stay where they are.
    #[param(pattern = "^stop$")]
    off_boardings: Option<String>,
}

/// Delete a team.
///
/// It disappears from lists, its name is free, and it can no longer be dealt to; managers see its
/// users' leads no more. People, leads and the ledger stay. Not while something depends on it that
/// the request does not answer for: rotations that fall back to it have to be changed first, and leads
/// that wait for it dealt or taken off its list; for the others there are parameters.
#[utoipa::path(
    delete, path = "/v1/teams/{id}", tag = "teams",
    responses(
        (status = 204, description = "The team is deleted."),
        (status = 409, description = "Something depends on it that the request does not answer for, its members among that: `team_in_use` with `dependents`. Routing rules send leads to it: `used_by_rules` with `rules`."),
    ),
)]
pub(crate) async fn delete_team(
    Authorized(grant): Authorized<ManageTeams>,
    state: State,
    Id(id): Id<TeamId>,
    expected: IfMatch,
    query: Query<DeleteTeamQuery>,
) -> Answer {
    let answered = query.check(DeleteTeamQuery::parse)?;
    teams::archive(&state.services, &grant, id, answered, expected.version()).await?;
    no_content()
}

impl DeleteTeamQuery {
    fn parse(self, faults: &mut Faults) -> Option<Answered> {
        let members = answered(faults, "/members", self.members, "remove");
        let off_boardings = answered(faults, "/off_boardings", self.off_boardings, "stop");
        Some(Answered { members: members?, invitations: false, off_boardings: off_boardings? })
    }
}
