//! `POST /v1/users/{id}/revoke-invitation`.

use evenhand_application::people;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::InviteUsers;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Withdraw a user's invitation.
///
/// Its links say `invitation_revoked` from now on, and a letter that was not sent yet is not. The
/// user stays invited, and can be sent another link.
#[utoipa::path(
    post, path = "/v1/users/{id}/revoke-invitation", tag = "users",
    responses(
        (status = 204, description = "No link of theirs works."),
        (status = 403, description = "The user's role is above yours, or they have a permission that you lack: `permission_denied`."),
        (status = 409, description = "They have joined already: `user_not_invited`."),
    ),
)]
pub(crate) async fn revoke_invitation(
    AuthorizedPerson(grant): AuthorizedPerson<InviteUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Answer {
    people::revoke_invitation(&state.services, &grant, id, expected.version()).await?;
    no_content()
}
