//! `POST /v1/auth/logout`.

use evenhand_application::sign_in;

use crate::answer::no_content;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::state::State;

/// Sign out.
///
/// Ends the session at once: its access token and refresh token are good for nothing any more.
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "auth",
    responses((status = 204, description = "The session is over.")),
)]
pub(crate) async fn logout(SignedIn(actor): SignedIn, state: State) -> Answer {
    sign_in::logout(&state.services, &actor).await?;
    no_content()
}
