//! `PATCH /v1/lead-statuses/{key}`.

use evenhand_application::lead_statuses;
use evenhand_domain::permission::ManageOrganization;

use super::body::ChangeLeadStatus;
use super::view::LeadStatusView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Key;
use crate::state::State;

/// Change a lead status.
///
/// A JSON merge patch: what is absent stays. The key never changes. The version is that of the
/// organization's settings.
#[utoipa::path(
    patch, path = "/v1/lead-statuses/{key}", tag = "organization",
    responses(
        (status = 200, description = "The status as it is now.", body = LeadStatusView),
        (status = 409, description = "It is the only open one: `last_open_status`."),
    ),
)]
pub(crate) async fn change_lead_status(
    Authorized(grant): Authorized<ManageOrganization>,
    state: State,
    Key(key): Key,
    expected: IfMatch,
    body: Body<ChangeLeadStatus>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeLeadStatus::parse)?;
    let version = expected.version();
    let organization =
        lead_statuses::change(&state.services, &grant, &key, change, version).await?;
    let view = LeadStatusView::of(&organization, &key)?;
    ok_version(organization.settings_version, &view)
}
