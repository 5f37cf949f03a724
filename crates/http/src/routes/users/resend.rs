//! `POST /v1/users/{id}/resend-invitation`.

use evenhand_application::people::{self, Invited};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::InviteUsers;
use serde::Deserialize;
use utoipa::IntoParams;

use super::invited::InvitedUserView;
use crate::answer::Made;
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::query::Query;
use crate::state::State;

/// How the link reaches them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendQuery {
    /// Whether to mail the link, where a mail server is configured; it is, when absent.
    #[param(value_type = Option<bool>)]
    send_email: Option<String>,
}

/// Invite a user again.
///
/// For one who has not joined yet, also after the invitation has expired: makes another link, and
/// older ones stop working. Only people do this, and only those who could invite somebody with
/// the user's role and permissions. The answer holds the link where it was not mailed.
#[utoipa::path(
    post, path = "/v1/users/{id}/resend-invitation", tag = "users",
    responses(
        (status = 200, description = "The invited user.", body = InvitedUserView),
        (status = 403, description = "The user's role is above yours, or they have a permission that you lack: `permission_denied`."),
        (status = 409, description = "They have joined already: `user_not_invited`."),
    ),
)]
pub(crate) async fn resend_invitation(
    AuthorizedPerson(grant): AuthorizedPerson<InviteUsers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    key: IdempotencyKey,
    query: Query<ResendQuery>,
) -> Answer {
    let send_email = query.check(send_email)?;
    let asked: &[u8] = if send_email { b"" } else { b"send_email=false" };
    let once = key.once(grant.stamp().credential, asked, renewed);
    let version = expected.version();
    let outcome =
        people::resend(&state.services, &grant, id, send_email, version, once.as_ref()).await?;
    key.answer(outcome, renewed)
}

fn send_email(query: ResendQuery, faults: &mut Faults) -> Option<bool> {
    query.send_email.map_or(Some(true), |text| fields::flag(faults, "/send_email", &text))
}

fn renewed(invited: &Invited) -> Made {
    Made::changed(invited.user.version, &InvitedUserView::from(invited))
}
