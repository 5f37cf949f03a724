//! `GET /v1/users/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ViewUsers;
use evenhand_persistence::users;

use super::view::UserView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a user.
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "users",
    responses((status = 200, description = "The user.", body = UserView)),
)]
pub(crate) async fn get_user(
    Authorized(grant): Authorized<ViewUsers>,
    state: State,
    Id(id): Id<UserId>,
) -> Answer {
    let user = users::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("user"))?;
    ok_version(user.version, &UserView::from(user))
}
