//! `POST /v1/users`.

use evenhand_application::people::{self, InvitationLink, Invite, Invited};
use evenhand_domain::error::Faults;
use evenhand_domain::permission::InviteUsers;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{Role, UserView};
use crate::answer::Made;
use crate::body::Body;
use crate::guard::Authorized;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::schema::Instant;
use crate::state::State;

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "tom@acme.example", "first_name": "Tom", "role": "agent"}))]
pub(crate) struct InviteUser {
    /// Their address.
    #[schema(value_type = String, required = true, format = Email, max_length = 254)]
    email: Option<String>,
    /// First name.
    #[schema(value_type = String, required = true, max_length = 100)]
    first_name: Option<String>,
    /// Last name.
    #[schema(max_length = 100)]
    last_name: Option<String>,
    /// No higher than the inviter's own; `agent` when absent.
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// Whether to mail the invitation where a mail server is configured. Where it is not mailed,
    /// the answer holds it.
    #[expect(dead_code, reason = "there is no mail server to configure yet")]
    send_email: Option<bool>,
}

/// An invited user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitedUser)]
pub(crate) struct InvitedUserView {
    /// The user.
    #[serde(flatten)]
    user: UserView,
    /// Their way in, shown this once; null when it was mailed.
    invitation: Option<InvitationLinkView>,
}

/// The way for an invited person to join.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationLink)]
pub(crate) struct InvitationLinkView {
    /// Single use.
    token: String,
    /// Where the token is looked up and accepted.
    url: String,
    /// When it stops working.
    expires_at: Instant,
}

/// Invite a user.
///
/// They have no access until they accept. An address that has an account joins with it.
#[utoipa::path(
    post, path = "/v1/users", tag = "users",
    responses(
        (status = 201, description = "The invited user.", body = InvitedUserView),
        (status = 409, description = "The address is a user already: `user_exists`."),
    ),
)]
pub(crate) async fn invite_user(
    Authorized(grant): Authorized<InviteUsers>,
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
    let Invited { user, invitation } = invited;
    let InvitationLink { token, url, expires_at } = invitation;
    let view = InvitedUserView {
        user: user.clone().into(),
        invitation: Some(InvitationLinkView {
            token: token.expose_secret().to_owned(),
            url: url.expose_secret().to_owned(),
            expires_at: (*expires_at).into(),
        }),
    };
    Made::created(format!("/v1/users/{}", user.id), user.version, &view)
}
