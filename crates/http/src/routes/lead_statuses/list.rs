//! `GET /v1/lead-statuses`.

use evenhand_domain::permission::ViewLeads;

use super::view::LeadStatusList;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;

/// List the lead statuses.
///
/// All of them, in order.
#[utoipa::path(
    get, path = "/v1/lead-statuses", tag = "organization",
    responses((
        status = 200, description = "The statuses.", body = LeadStatusList,
        headers(("ETag" = String, description = "The settings' version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn list_lead_statuses(Authorized(grant): Authorized<ViewLeads>) -> Answer {
    let organization = grant.organization();
    ok_version(organization.settings_version, &LeadStatusList::from(organization))
}
