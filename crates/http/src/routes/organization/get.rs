//! `GET /v1/organization`.

use evenhand_domain::permission::ManageOrganization;

use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::routes::organization_view::OrganizationView;

/// Read the organization.
///
/// Everybody reads its name, time zone, country and currency in `GET /v1/me`.
#[utoipa::path(
    get, path = "/v1/organization", tag = "organization",
    responses((status = 200, description = "The organization.", body = OrganizationView)),
)]
pub(crate) async fn get_organization(Authorized(grant): Authorized<ManageOrganization>) -> Answer {
    let organization = grant.organization();
    ok_version(organization.settings_version, &OrganizationView::from(organization))
}
