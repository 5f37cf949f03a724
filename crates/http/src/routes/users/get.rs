//! `GET /v1/users/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ViewUsers;
use evenhand_persistence::{places, users};

use super::view::UserDetailsView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read a user.
///
/// All about everybody for who holds `users.view_all`, else about oneself and the users of the
/// teams one manages; of others what names them.
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "users",
    responses((status = 200, description = "The user.", body = UserDetailsView)),
)]
pub(crate) async fn get_user(
    Authorized(grant): Authorized<ViewUsers>,
    state: State,
    Id(id): Id<UserId>,
) -> Answer {
    let user = users::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("user"))?;
    let places = places::of_user(state.store(), &grant, id).await?;
    let now = state.services.clock.now();
    ok_version(user.version, &UserDetailsView::at(now, user, places))
}
