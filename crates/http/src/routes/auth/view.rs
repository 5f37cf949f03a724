//! A sign-in as the API shows it.

use evenhand_application::sign_in::SignedIn;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::organization_view::OrganizationView;
use crate::routes::users::view::UserView;

/// A signed-in person's tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = SignIn)]
pub(crate) struct SignInView {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds that the access token is good for.
    expires_in: u64,
    /// Gets the next access token, once.
    refresh_token: String,
    /// Who.
    user: UserView,
    /// Where.
    organization: OrganizationView,
}

impl From<SignedIn> for SignInView {
    fn from(signed_in: SignedIn) -> Self {
        let SignedIn { access_token, expires_in, refresh_token, user, organization } = signed_in;
        Self {
            access_token: access_token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: expires_in.as_secs(),
            refresh_token: refresh_token.expose_secret().to_owned(),
            user: user.into(),
            organization: OrganizationView::from(&organization),
        }
    }
}
