//! `GET`, `PUT` and `DELETE /v1/users/{id}/availability`.

use evenhand_application::availability as changes;
use evenhand_domain::calendar::Zone;
use evenhand_domain::error::Error;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{ManageRotationMembers, Permission, ViewUsers};
use evenhand_persistence::availability::{self, UserAvailability};
use evenhand_persistence::users;

use super::body::SetAvailability;
use super::view::AvailabilityView;
use crate::answer::{no_content, ok_version};
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::{HttpState, State};

/// Read when a user works and is away.
///
/// Of everybody for who holds `users.view_all`, else of oneself and the users of the teams one
/// manages.
#[utoipa::path(
    get, path = "/v1/users/{id}/availability", tag = "users",
    responses((
        status = 200, description = "Their availability.", body = AvailabilityView,
        headers(("ETag" = String, description = "Its version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn get_user_availability(
    Authorized(grant): Authorized<ViewUsers>,
    state: State,
    Id(id): Id<UserId>,
) -> Answer {
    let Some(found) = availability::get(state.store(), &grant, id).await? else {
        // Everybody sees the names of everybody.
        let named = users::get(state.store(), &grant, id).await?;
        return Err(match named {
            Some(_) => Error::Denied(Permission::UsersViewAll).into(),
            None => Error::NotFound("user").into(),
        });
    };
    answer(&state, &grant.organization().zone, &found)
}

/// Set when a user works and is away.
///
/// All of it, in place of what was set. Rotations that respect availability pass them over at other
/// times; they keep their places, and nothing is made up for. For anybody with `groups.manage`, else
/// for oneself and the users of the teams one manages.
#[utoipa::path(
    put, path = "/v1/users/{id}/availability", tag = "users",
    responses((status = 200, description = "Their availability as it is now.", body = AvailabilityView)),
)]
pub(crate) async fn set_user_availability(
    Authorized(grant): Authorized<ManageRotationMembers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
    body: Body<SetAvailability>,
) -> Answer {
    let schedule = body.read().await?.content.check(SetAvailability::parse)?;
    let version = expected.version();
    let set = changes::set(&state.services, &grant, id, Some(&schedule), version).await?;
    answer(&state, &grant.organization().zone, &set)
}

/// Take back when a user works and is away.
///
/// They work at any time then, but on holidays.
#[utoipa::path(
    delete, path = "/v1/users/{id}/availability", tag = "users",
    responses((status = 204, description = "Nothing is set.")),
)]
pub(crate) async fn clear_user_availability(
    Authorized(grant): Authorized<ManageRotationMembers>,
    state: State,
    Id(id): Id<UserId>,
    expected: IfMatch,
) -> Answer {
    changes::set(&state.services, &grant, id, None, expected.version()).await?;
    no_content()
}

fn answer(state: &HttpState, zone: &Zone, found: &UserAvailability) -> Answer {
    let now = state.services.clock.now();
    ok_version(found.version, &AvailabilityView::at(now, found, zone))
}
