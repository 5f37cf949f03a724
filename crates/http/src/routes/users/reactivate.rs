//! `POST /v1/users/{id}/reactivate`.

use evenhand_application::off_boarding;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManageUsers;

use super::view::UserView;
use crate::answer::ok_version;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Reactivate a user.
///
/// They are active again, at the end of the rotations they left that are still in use, with what was
/// counted for them there. Leads stay where they are by now. Who never joined is `invited` again and
/// needs another link (`resend-invitation`).
#[utoipa::path(
    post, path = "/v1/users/{id}/reactivate", tag = "users",
    responses(
        (status = 200, description = "The user.", body = UserView),
        (status = 403, description = "The user's role is higher than yours."),
        (status = 409, description = "They are not inactive: `user_active`."),
    ),
)]
pub(crate) async fn reactivate_user(
    AuthorizedPerson(grant): AuthorizedPerson<ManageUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Answer {
    let user = off_boarding::reactivate(&state.services, &grant, id, expected.version()).await?;
    let user = grant.actor().sight_of(user);
    ok_version(user.version, &UserView::at(state.services.clock.now(), user))
}
