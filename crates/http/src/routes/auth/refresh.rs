//! `POST /v1/auth/refresh`.

use evenhand_application::sign_in;
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

/// What is exchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refresh_token": "evr_…"}))]
pub(crate) struct Refresh {
    /// The refresh token of the last sign-in or refresh.
    #[schema(value_type = String, required = true)]
    refresh_token: Option<String>,
}

/// Exchange a refresh token.
///
/// Each is spent once. Asking again with the one just spent within 10 seconds, for a lost answer,
/// gives another successor, and only that one counts. Any other reuse ends the whole session.
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "auth",
    responses(
        (status = 200, description = "The person's new tokens.", body = SignInView),
        (status = 401, description = "Unknown, spent or ended: `invalid_refresh_token`."),
    ),
)]
pub(crate) async fn refresh(
    _public: Public,
    state: State,
    origin: Origin,
    body: Body<Refresh>,
) -> Answer {
    let token = body.read().await?.content.check(Refresh::parse)?;
    let signed_in = sign_in::refresh(&state.services, &token, &origin).await?;
    ok(&SignInView::from(signed_in))
}

impl Refresh {
    fn parse(self, faults: &mut Faults) -> Option<SecretString> {
        fields::required(faults, "/refresh_token", self.refresh_token).map(SecretString::from)
    }
}
