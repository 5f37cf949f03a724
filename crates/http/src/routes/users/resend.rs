//! `POST /v1/users/{id}/resend-invitation`.

use evenhand_application::people::{self, Invited};
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::InviteUsers;

use super::invited::InvitedUserView;
use crate::answer::Made;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Invite a user again.
///
/// For one who has not joined yet, also after the invitation has expired: gives another link, and
/// older ones stop working. Only people do this, and only those who could invite somebody with
/// the user's role. No mail is sent yet: the answer holds the link.
#[utoipa::path(
    post, path = "/v1/users/{id}/resend-invitation", tag = "users",
    responses(
        (status = 200, description = "The invited user, with the new link.", body = InvitedUserView),
        (status = 403, description = "The user's role has a permission that you lack: `permission_denied`."),
        (status = 409, description = "They have joined already: `user_not_invited`."),
    ),
)]
pub(crate) async fn resend_invitation(
    AuthorizedPerson(grant): AuthorizedPerson<InviteUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    key: IdempotencyKey,
) -> Answer {
    let once = key.once(grant.stamp().credential, &[], renewed);
    let outcome =
        people::resend(&state.services, &grant, id, expected.version(), once.as_ref()).await?;
    key.answer(outcome, renewed)
}

fn renewed(invited: &Invited) -> Made {
    Made::changed(invited.user.version, &InvitedUserView::from(invited))
}
