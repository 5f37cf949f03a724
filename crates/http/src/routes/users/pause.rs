//! `PUT` and `DELETE /v1/users/{id}/pause`.

use evenhand_application::pauses;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::ManageRotationMembers;
use evenhand_domain::rotation::Pause;
use evenhand_persistence::pauses::UserPause;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{no_content, ok_version};
use crate::body::Body;
use crate::etag::IfMatch;
use crate::fields;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::schema::Instant;
use crate::state::State;

/// A pause to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"until": "2099-03-09T08:00:00Z"}))]
pub(crate) struct SetPause {
    /// When it ends by itself; not by itself when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

impl SetPause {
    pub(crate) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<Pause> {
        match self.until {
            None => Some(Pause::Indefinite),
            Some(until) => fields::future_instant(faults, "/until", &until, now).map(Pause::Until),
        }
    }
}

/// A user's pause in all rotations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserPause, example = json!({
    "paused": true, "paused_until": "2099-03-09T08:00:00.000000Z", "version": 3,
}))]
pub(crate) struct UserPauseView {
    /// Whether they are out of all rotations.
    paused: bool,
    /// When the pause ends by itself; null = not by itself, or no pause.
    paused_until: Option<Instant>,
    /// The user's version.
    version: i64,
}

impl From<UserPause> for UserPauseView {
    fn from(user: UserPause) -> Self {
        let UserPause { pause, version, role: _ } = user;
        let (paused, paused_until) = match pause {
            Pause::No => (false, None),
            Pause::Indefinite => (true, None),
            Pause::Until(end) => (true, Some(end.into())),
        };
        Self { paused, paused_until, version }
    }
}

/// Pause a user in all rotations.
///
/// They are passed over everywhere, also where they join meanwhile, and keep their places. A pause
/// that is set for them in one group is another matter: ending one leaves the other. For anybody
/// with `groups.manage`, else for oneself and the users of the teams one manages. The version is
/// the user's.
#[utoipa::path(
    put, path = "/v1/users/{id}/pause", tag = "users",
    responses((status = 200, description = "The pause as it is now.", body = UserPauseView)),
)]
pub(crate) async fn pause_user(
    Authorized(grant): Authorized<ManageRotationMembers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    body: Body<SetPause>,
) -> Answer {
    let now = state.services.clock.now();
    let pause = body.read().await?.content.check(|body, faults| body.parse(now, faults))?;
    let user = pauses::set(&state.services, &grant, id, pause, expected.version()).await?;
    ok_version(user.version, &UserPauseView::from(user))
}

/// End a user's pause.
///
/// They are dealt to again at once, except where they are paused in a group. Nothing is made up
/// for.
#[utoipa::path(
    delete, path = "/v1/users/{id}/pause", tag = "users",
    responses((status = 204, description = "The user is back.")),
)]
pub(crate) async fn resume_user(
    Authorized(grant): Authorized<ManageRotationMembers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Answer {
    pauses::set(&state.services, &grant, id, Pause::No, expected.version()).await?;
    no_content()
}
