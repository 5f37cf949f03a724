//! `GET`, `PUT` and `DELETE /v1/me/availability`.

use evenhand_application::availability as changes;
use evenhand_domain::error::Error;
use evenhand_domain::permission::Actor;
use evenhand_persistence::availability::{self, UserAvailability};

use super::body::SetAvailability;
use super::view::AvailabilityView;
use crate::answer::{no_content, ok_version};
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::state::{HttpState, State};

/// Read when I work and when I am away.
#[utoipa::path(
    get, path = "/v1/me/availability", tag = "me",
    responses((
        status = 200, description = "My availability.", body = AvailabilityView,
        headers(("ETag" = String, description = "Its version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn get_my_availability(SignedIn(actor): SignedIn, state: State) -> Answer {
    let found = availability::own(state.store(), &actor).await?.ok_or(Error::PersonRequired)?;
    answer(&state, &actor, &found)
}

/// Set when I work and when I am away.
///
/// All of it, in place of what was set. Rotations that respect availability pass me over at other
/// times; I keep my place, and nothing is made up for.
#[utoipa::path(
    put, path = "/v1/me/availability", tag = "me",
    responses((status = 200, description = "My availability as it is now.", body = AvailabilityView)),
)]
pub(crate) async fn set_my_availability(
    SignedIn(actor): SignedIn,
    state: State,
    expected: IfMatch,
    body: Body<SetAvailability>,
) -> Answer {
    let schedule = body.read().await?.content.check(SetAvailability::parse)?;
    let version = expected.version();
    let set = changes::set_own(&state.services, &actor, Some(&schedule), version).await?;
    answer(&state, &actor, &set)
}

/// Take back when I work and when I am away.
///
/// I work at any time then, but on holidays.
#[utoipa::path(
    delete, path = "/v1/me/availability", tag = "me",
    responses((status = 204, description = "Nothing is set.")),
)]
pub(crate) async fn clear_my_availability(
    SignedIn(actor): SignedIn,
    state: State,
    expected: IfMatch,
) -> Answer {
    changes::set_own(&state.services, &actor, None, expected.version()).await?;
    no_content()
}

fn answer(state: &HttpState, actor: &Actor, found: &UserAvailability) -> Answer {
    let now = state.services.clock.now();
    ok_version(found.version, &AvailabilityView::at(now, found, &actor.organization.zone))
}
