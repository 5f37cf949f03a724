//! `DELETE /v1/auth/sessions`.

use evenhand_application::account::sessions;

use crate::answer::no_content;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::state::State;

/// End all my sessions but this one.
///
/// Those of the organization that I am signed in to. Changing the password ends those of all
/// organizations.
#[utoipa::path(
    delete, path = "/v1/auth/sessions", tag = "auth",
    responses((status = 204, description = "The others are over.")),
)]
pub(crate) async fn end_other_sessions(SignedIn(actor): SignedIn, state: State) -> Answer {
    sessions::end_others(&state.services, &actor).await?;
    no_content()
}
