//! `DELETE /v1/auth/sessions/{id}`.

use evenhand_application::account::sessions;
use evenhand_domain::ids::SessionId;

use crate::answer::no_content;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// End one of my sessions.
///
/// At once: its access token and refresh token are good for nothing any more. Ending one that is
/// over is 204 as well.
#[utoipa::path(
    delete, path = "/v1/auth/sessions/{id}", tag = "auth",
    responses((status = 204, description = "The session is over.")),
)]
pub(crate) async fn end_session(
    SignedIn(actor): SignedIn,
    state: State,
    Id(id): Id<SessionId>,
) -> Answer {
    sessions::end(&state.services, &actor, id).await?;
    no_content()
}
