//! `PUT` and `DELETE /v1/me/pause`.

use evenhand_application::pauses;
use evenhand_domain::rotation::Pause;

use crate::answer::{no_content, ok_version};
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::SignedIn;
use crate::operations::{Answer, Operations};
use crate::routes::users::pause::{SetPause, UserPauseView};
use crate::state::State;

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(__path_pause_me, pause_me).add(__path_resume_me, resume_me)
}

/// Pause myself in all rotations.
///
/// I am passed over everywhere, and keep my places. The version is the user's.
#[utoipa::path(
    put, path = "/v1/me/pause", tag = "me",
    responses((status = 200, description = "The pause as it is now.", body = UserPauseView)),
)]
pub(crate) async fn pause_me(
    SignedIn(actor): SignedIn,
    state: State,
    expected: IfMatch,
    body: Body<SetPause>,
) -> Answer {
    let now = state.services.clock.now();
    let pause = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let user = pauses::set_own(&state.services, &actor, pause, expected.version()).await?;
    ok_version(user.version, &UserPauseView::from(user))
}

/// End my pause.
///
/// Leads come again at once, except where somebody paused me in a group.
#[utoipa::path(
    delete, path = "/v1/me/pause", tag = "me",
    responses((status = 204, description = "I am back.")),
)]
pub(crate) async fn resume_me(
    SignedIn(actor): SignedIn,
    state: State,
    expected: IfMatch,
) -> Answer {
    pauses::set_own(&state.services, &actor, Pause::No, expected.version()).await?;
    no_content()
}
