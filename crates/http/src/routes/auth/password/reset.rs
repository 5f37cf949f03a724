//! `POST /v1/auth/password/reset`.

use evenhand_application::account::reset;
use evenhand_domain::error::Faults;
use evenhand_domain::origin::Origin;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::answer::no_content;
use crate::body::Body;
use crate::fields;
use crate::guard::Public;
use crate::operations::Answer;
use crate::state::State;

/// A new password, and the right to set it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "evp_…", "new_password": "plum violin tractor"}))]
pub(crate) struct ResetPassword {
    /// Out of the link.
    #[schema(value_type = String, required = true)]
    token: Option<String>,
    /// 10 to 128 characters, and not easily guessed.
    #[schema(value_type = String, required = true, format = Password, min_length = 10, max_length = 128)]
    new_password: Option<String>,
}

/// Set a new password by a link.
///
/// Ends every session of the account in all its organizations, and every other link. Failed
/// sign-ins are forgotten. Nobody is signed in by it.
#[utoipa::path(
    post, path = "/v1/auth/password/reset", tag = "auth",
    responses(
        (status = 204, description = "The password is set."),
        (status = 422, description = "The token is unknown, used or expired (`invalid_reset_token` at `/token`), or the password is refused (`too_short`, `too_long`, `weak_password` at `/new_password`)."),
    ),
)]
pub(crate) async fn reset_password(
    _public: Public,
    state: State,
    origin: Origin,
    body: Body<ResetPassword>,
) -> Answer {
    let (token, new) = body.read().await?.content.check(ResetPassword::parse)?;
    reset::reset(&state.services, &token, &new, &origin).await?;
    no_content()
}

impl ResetPassword {
    fn parse(self, faults: &mut Faults) -> Option<(SecretString, SecretString)> {
        let token = fields::required(faults, "/token", self.token);
        let new_password = fields::required(faults, "/new_password", self.new_password);
        Some((SecretString::from(token?), SecretString::from(new_password?)))
    }
}
