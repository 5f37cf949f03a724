//! `GET /v1/users`.

use evenhand_domain::error::Faults;
use evenhand_domain::permission::ViewUsers;
use evenhand_domain::user::{Role, UserStatus};
use evenhand_persistence::users::{self, UserFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{self, UserPage, UserView};
use crate::answer::ok;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::List;
use crate::state::State;

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
}

/// List the organization's users.
///
/// Newest first; active and invited users unless asked for inactive ones.
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
    let page = users::list(state.store(), &grant, &asked.filter, &asked.page).await?;
    ok(&UserPage::from(asked.views(page, UserView::from)))
}

fn filter(query: UserQuery, faults: &mut Faults) -> Option<UserFilter> {
    let UserQuery { status, role } = query;
    let statuses: Vec<&str> = UserStatus::ALL.iter().map(|status| status.as_str()).collect();
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
    let status =
        status.map(|text| fields::word(faults, "/status", &text, UserStatus::from_text, &statuses));
    let role = role.map(|text| fields::word(faults, "/role", &text, Role::from_text, &roles));
    Some(UserFilter {
        status: status.map_or(Some(None), |status| status.map(Some))?,
        role: role.map_or(Some(None), |role| role.map(Some))?,
    })
}
