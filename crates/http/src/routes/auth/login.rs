//! `POST /v1/auth/login`.

use evenhand_application::sign_in::{self, SignIn};
use evenhand_domain::error::Faults;
use evenhand_domain::origin::Origin;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::SignInView;
use crate::answer::ok;
use crate::body::Body;
use crate::fields;
use crate::guard::Public;
use crate::operations::Answer;
use crate::state::State;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "olivia@acme.example", "password": "seven-Otters_knit 41 scarves"}))]
pub(crate) struct Login {
    /// Their address.
    #[schema(value_type = String, required = true)]
    email: Option<String>,
    /// Their password.
    #[schema(value_type = String, required = true, format = Password)]
    password: Option<String>,
    /// Where to, for those who belong to several organizations.
    #[schema(value_type = Option<Uuid>)]
    organization_id: Option<String>,
}

/// Sign in.
///
/// Whoever fails again and again for one account from one network waits longer and longer, and
/// others do not; `Retry-After` says how long.
#[utoipa::path(
    post, path = "/v1/auth/login", tag = "auth",
    responses(
        (status = 200, description = "The person's tokens.", body = SignInView),
        (status = 401, description = "Unknown address or wrong password: `wrong_email_or_password`."),
        (status = 409, description = "The account belongs to several organizations: `organization_required` with the choices in `organizations`."),
        (status = 429, description = "Too many failures: `too_many_attempts`, also for the right password."),
    ),
)]
pub(crate) async fn login(
    _public: Public,
    state: State,
    origin: Origin,
    body: Body<Login>,
) -> Answer {
    let request = body.read().await?.content.check(Login::parse)?;
    let signed_in = sign_in::login(&state.services, request, &origin).await?;
    ok(&SignInView::from(signed_in))
}

impl Login {
    fn parse(self, faults: &mut Faults) -> Option<SignIn> {
        let Self { email, password, organization_id } = self;
        let email = fields::required(faults, "/email", email);
        let password = fields::required(faults, "/password", password);
        let organization_id = match organization_id {
            None => Some(None),
            Some(text) => fields::id(faults, "/organization_id", &text).map(Some),
        };
        Some(SignIn {
            email: email?,
            password: SecretString::from(password?),
            organization_id: organization_id?,
        })
    }
}
