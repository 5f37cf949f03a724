//! `POST /v1/auth/password/forgot`.

use actix_web::HttpResponse;
use evenhand_application::account::reset;
use evenhand_domain::contact::Email;
use evenhand_domain::error::Faults;
use evenhand_domain::origin::Origin;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::Body;
use crate::fields;
use crate::guard::Public;
use crate::operations::Answer;
use crate::state::State;

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "olivia@acme.example"}))]
pub(crate) struct ForgotPassword {
    /// The address that they sign in with.
    #[schema(value_type = String, required = true, format = Email, max_length = 254)]
    email: Option<String>,
}

/// Ask for a link to set a new password.
///
/// The answer is the same whether the address has an account or not. Where it has one that can sign
/// in, a link is mailed that works once and for 30 minutes; a newer link ends the older ones. An
/// account gets three links an hour at most.
#[utoipa::path(
    post, path = "/v1/auth/password/forgot", tag = "auth",
    responses(
        (status = 202, description = "A link is on its way, if the address has an account."),
        (status = 429, description = "Too many requests from this network: `too_many_attempts`."),
    ),
)]
pub(crate) async fn forgot_password(
    _public: Public,
    state: State,
    origin: Origin,
    body: Body<ForgotPassword>,
) -> Answer {
    let email = body.read().await?.content.check(ForgotPassword::parse)?;
    reset::request(&state.services, email, &origin).await?;
    Ok(HttpResponse::Accepted().finish())
}

impl ForgotPassword {
    fn parse(self, faults: &mut Faults) -> Option<Email> {
        let email = fields::required(faults, "/email", self.email)?;
        faults.keep("/email", Email::parse(&email))
    }
}
