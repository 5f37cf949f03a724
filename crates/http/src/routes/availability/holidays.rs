//! `GET` and `PUT /v1/organization/holidays`.

use evenhand_application::holidays as changes;
use evenhand_domain::permission::{ManageOrganization, ViewHolidays};
use evenhand_persistence::holidays;

use super::body::SetHolidays;
use super::view::HolidaysView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::state::State;

/// Read the organization's holidays.
#[utoipa::path(
    get, path = "/v1/organization/holidays", tag = "organization",
    responses((
        status = 200, description = "The holidays.", body = HolidaysView,
        headers(("ETag" = String, description = "Their version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn get_holidays(
    Authorized(grant): Authorized<ViewHolidays>,
    state: State,
) -> Answer {
    let list = holidays::get(state.store(), &grant).await?;
    ok_version(list.version, &HolidaysView::from(&list))
}

/// Set the organization's holidays.
///
/// All of them, in place of those that were set. A holiday is that date where each person is.
/// Rotations that respect availability deal to nobody for whom it is one.
#[utoipa::path(
    put, path = "/v1/organization/holidays", tag = "organization",
    responses((status = 200, description = "The holidays as they are now.", body = HolidaysView)),
)]
pub(crate) async fn set_holidays(
    Authorized(grant): Authorized<ManageOrganization>,
    state: State,
    expected: IfMatch,
    body: Body<SetHolidays>,
) -> Answer {
    let holidays = body.read().await?.content.check(SetHolidays::parse)?;
    let list = changes::set(&state.services, &grant, holidays, expected.version()).await?;
    ok_version(list.version, &HolidaysView::from(&list))
}
