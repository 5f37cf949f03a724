//! `GET /v1/users`.

use evenhand_domain::error::Faults;
use evenhand_domain::permission::{Grant, ViewUsers};
use evenhand_domain::text::line;
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::users::{self, UserFilter};
use evenhand_persistence::{places, teams};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{self, UserPage, UserView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::problem::Problem;
use crate::query::List;
use crate::state::{HttpState, State};

/// The longest text to search for, in characters.
const MAX_Q: usize = 200;

/// Which users.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserQuery {
    /// Only users in this status; active and invited ones when absent.
    #[param(value_type = Option<view::UserStatus>)]
    status: Option<String>,
    /// Only users with this role.
    #[param(value_type = Option<view::Role>)]
    role: Option<String>,
    /// Only users whose name has this in it, without regard to case; or the address, where you see
    /// it.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Only outside accounts, or only the others.
    #[param(value_type = Option<bool>)]
    partner: Option<String>,
    /// Only users on this team.
    #[param(value_type = Option<uuid::Uuid>)]
    team_id: Option<String>,
    /// Only users not on this team.
    #[param(value_type = Option<uuid::Uuid>)]
    not_in_team: Option<String>,
    /// Only members of this group, and invited users whom it waits for.
    #[param(value_type = Option<uuid::Uuid>)]
    group_id: Option<String>,
    /// Only the others.
    #[param(value_type = Option<uuid::Uuid>)]
    not_in_group: Option<String>,
}

/// List the organization's users.
///
/// Newest first; active and invited users unless asked for inactive ones. Everybody's names are
/// shown; more as for reading a user.
#[utoipa::path(
    get, path = "/v1/users", tag = "users",
    responses((status = 200, description = "A page of users.", body = UserPage)),
)]
pub(crate) async fn list_users(
    Authorized(grant): Authorized<ViewUsers>,
    state: State,
    list: List<UserQuery>,
) -> Answer {
    let asked = list.check(filter)?;
    let unseen = unseen(&state, &grant, &asked.filter).await?;
    if !unseen.is_empty() {
        return Err(Problem::invalid(unseen));
    }
    let page = users::list(state.store(), &grant, &asked.filter, &asked.page).await?;
    let now = state.services.clock.now();
    ok(&UserPage::from(asked.views(page, |user| UserView::at(now, user))))
}

fn filter(query: UserQuery, faults: &mut Faults) -> Option<UserFilter> {
    let UserQuery { status, role, q, partner, team_id, not_in_team, group_id, not_in_group } =
        query;
    let statuses: Vec<&str> = UserStatus::ALL.iter().map(|status| status.as_str()).collect();
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let status =
        status.map(|text| fields::word(faults, "/status", &text, UserStatus::from_text, &statuses));
    let role = role.map(|text| fields::word(faults, "/role", &text, Role::from_text, &roles));
    let q = faults.keep("/q", line(q.as_deref().unwrap_or_default(), MAX_Q));
    let partner = partner.map(|text| fields::flag(faults, "/partner", &text));
    let team_id = team_id.map(|text| fields::id(faults, "/team_id", &text));
    let not_in_team = not_in_team.map(|text| fields::id(faults, "/not_in_team", &text));
    let group_id = group_id.map(|text| fields::id(faults, "/group_id", &text));
    let not_in_group = not_in_group.map(|text| fields::id(faults, "/not_in_group", &text));
    Some(UserFilter {
        status: given(status)?,
        role: given(role)?,
        partner: given(partner)?,
        q: q?,
        team_id: given(team_id)?,
        not_in_team: given(not_in_team)?,
        group_id: given(group_id)?,
        not_in_group: given(not_in_group)?,
    })
}

/// A parameter that may be absent; the outer `None` is a fault.
#[expect(clippy::option_option, reason = "absent, faulty and given are three things")]
fn given<T>(parsed: Option<Option<T>>) -> Option<Option<T>> {
    parsed.map_or(Some(None), |value| value.map(Some))
}

/// The faults of teams and groups that are not there, or that the caller does not see.
async fn unseen(
    state: &HttpState,
    grant: &Grant<ViewUsers>,
    filter: &UserFilter,
) -> Result<Faults, Problem> {
    let mut faults = Faults::default();
    for (team, pointer) in [(filter.team_id, "/team_id"), (filter.not_in_team, "/not_in_team")] {
        if let Some(team) = team
            && !teams::is_visible(state.store(), grant, team).await?
        {
            faults.add(pointer, "unknown_team", "no team that you see");
        }
    }
    for (group, pointer) in [(filter.group_id, "/group_id"), (filter.not_in_group, "/not_in_group")]
    {
        if let Some(group) = group
            && !places::sees_group(state.store(), grant, group).await?
        {
            faults.add(pointer, "unknown_group", "no group that you see");
        }
    }
    Ok(faults)
}
