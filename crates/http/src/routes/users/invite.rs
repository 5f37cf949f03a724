//! `POST /v1/users`.

use evenhand_application::people::{self, Invite, Invited};
use evenhand_domain::error::Faults;
use evenhand_domain::permission::InviteUsers;
use serde::Deserialize;
use utoipa::ToSchema;

use super::invited::InvitedUserView;
use super::view::Role;
use crate::answer::Made;
use crate::body::Body;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::state::State;

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "tom@acme.example", "first_name": "Tom", "role": "agent"}))]
pub(crate) struct InviteUser {
    /// Their address.
    #[schema(value_type = String, required = true, format = Email, min_length = 1, max_length = 254)]
    email: Option<String>,
    /// First name.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// No higher than the inviter's own, and with no permission that the inviter lacks; `agent` when
    /// absent.
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// Whether to mail the invitation. No mail is sent yet, whatever this says: the answer always
    /// holds the link.
    #[expect(dead_code, reason = "no mail is sent yet")]
    send_email: Option<bool>,
}

/// Invite a user.
///
/// They have no access until they accept. An address that has an account joins with it. Only
/// people invite, and no role that has more than they have themselves.
#[utoipa::path(
    post, path = "/v1/users", tag = "users",
    responses(
        (status = 201, description = "The invited user.", body = InvitedUserView),
        (status = 409, description = "The address is a user already: `user_exists`."),
    ),
)]
pub(crate) async fn invite_user(
    AuthorizedPerson(grant): AuthorizedPerson<InviteUsers>,
    state: State,
    key: IdempotencyKey,
    body: Body<InviteUser>,
) -> Answer {
    let body = body.read().await?;
    let invite = body.content.check(InviteUser::parse)?;
    let once = key.once(grant.stamp().credential, &body.bytes, created);
    let outcome = people::invite(&state.services, &grant, &invite, once.as_ref()).await?;
    key.answer(outcome, created)
}

impl InviteUser {
    fn parse(self, faults: &mut Faults) -> Option<Invite> {
        let Self { email, first_name, last_name, role, send_email: _ } = self;
        Invite::parse(
            &email.unwrap_or_default(),
            &first_name.unwrap_or_default(),
            last_name.as_deref(),
            role.as_deref(),
            faults,
        )
    }
}

fn created(invited: &Invited) -> Made {
    let location = format!("/v1/users/{}", invited.user.id);
    Made::created(location, invited.user.version, &InvitedUserView::from(invited))
}
