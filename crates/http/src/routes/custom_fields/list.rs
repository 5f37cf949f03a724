//! `GET /v1/custom-fields`.

use evenhand_domain::permission::ViewLeads;
use evenhand_persistence::routing;

use super::view::CustomFieldList;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::state::State;

/// List the custom fields.
///
/// All of them, by key; there are 100 at most. Leads may have fields without a definition as well.
#[utoipa::path(
    get, path = "/v1/custom-fields", tag = "routing",
    responses((
        status = 200, description = "The fields.", body = CustomFieldList,
        headers(("ETag" = String, description = "The settings' version in quotes, for `If-Match`")),
    )),
)]
pub(crate) async fn list_custom_fields(
    Authorized(grant): Authorized<ViewLeads>,
    state: State,
) -> Answer {
    let (version, fields) = routing::custom_fields(state.store(), &grant).await?;
    ok_version(version, &CustomFieldList::new(&fields, version))
}
