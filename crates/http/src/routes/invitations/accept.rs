//! `POST /v1/invitations/{token}/accept`.

use evenhand_application::people::{self, Accept};
use evenhand_domain::error::Faults;
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::Subject;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::ok;
use crate::body::Body;
use crate::guard::Anyone;
use crate::operations::Answer;
use crate::path::Token;
use crate::routes::auth::view::SignInView;
use crate::state::State;

/// What the invited person says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "seven-Otters_knit 41 scarves"}))]
pub(crate) struct AcceptInvitation {
    /// A new account's password from now on, of 10 to 128 characters and not easily guessed; an
    /// existing account's as it is. Who is signed in with the account needs none.
    #[schema(format = Password, min_length = 1, max_length = 128)]
    password: Option<String>,
    /// Instead of what the inviter wrote.
    #[schema(max_length = 100)]
    first_name: Option<String>,
    /// Instead of what the inviter wrote.
    #[schema(max_length = 100)]
    last_name: Option<String>,
}

/// Accept an invitation.
///
/// Makes the invited user active, puts them into the groups that wait for them, and signs them in.
/// An invitation is accepted once.
///
/// An existing account keeps its password and proves it, or comes with an access token of any of
/// its users. Only an account whose address nobody has proved by mail yet gets a new password by an
/// invitation that was mailed; its sessions end.
#[utoipa::path(
    post, path = "/v1/invitations/{token}/accept", tag = "invitations",
    responses(
        (status = 200, description = "The person's tokens.", body = SignInView),
        (status = 401, description = "The existing account has another password: `wrong_email_or_password`."),
        (status = 409, description = "It cannot be accepted any more: `invitation_expired`, `invitation_used`, `invitation_revoked`."),
    ),
)]
pub(crate) async fn accept_invitation(
    Anyone(actor): Anyone,
    state: State,
    Token(token): Token,
    origin: Origin,
    body: Body<AcceptInvitation>,
) -> Answer {
    let accept = body.read().await?.content.check(AcceptInvitation::parse)?;
    let signed_in = actor.and_then(|actor| match actor.subject {
        Subject::User { account_id, .. } => Some(account_id),
        Subject::ApiKey { .. } => None,
    });
    let accept = Accept { signed_in, ..accept };
    let signed_in = people::accept(&state.services, &token, &accept, &origin).await?;
    ok(&SignInView::from(signed_in))
}

impl AcceptInvitation {
    fn parse(self, faults: &mut Faults) -> Option<Accept> {
        let Self { password, first_name, last_name } = self;
        let password = password.map(SecretString::from);
        Accept::parse(password, first_name.as_deref(), last_name.as_deref(), faults)
    }
}
