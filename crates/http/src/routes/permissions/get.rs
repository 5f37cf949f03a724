//! `GET /v1/users/{id}/permissions`.

use evenhand_application::people;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManagePermissions;

use super::view::UserPermissionsView;
use crate::answer::ok_version;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read what a user may do.
///
/// The version is the user's.
#[utoipa::path(
    get, path = "/v1/users/{id}/permissions", tag = "permissions",
    responses((status = 200, description = "The user's permissions.", body = UserPermissionsView)),
)]
pub(crate) async fn get_user_permissions(
    AuthorizedPerson(grant): AuthorizedPerson<ManagePermissions>,
    state: State,
    Id(id): Id<UserId>,
) -> Answer {
    let permissions = people::permissions_of(&state.services, &grant, id).await?;
    let view = UserPermissionsView::from(permissions);
    ok_version(view.version, &view)
}
