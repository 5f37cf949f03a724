//! `DELETE /v1/lead-statuses/{key}`.

use evenhand_application::lead_statuses;
use evenhand_domain::permission::ManageOrganization;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Key;
use crate::state::State;

/// Delete a lead status.
///
/// Only one that no lead is in, and that no group lets its members pick up leads in. Leads that are added at the same time either come first, and it
/// stays, or are told that there is no such status.
#[utoipa::path(
    delete, path = "/v1/lead-statuses/{key}", tag = "organization",
    responses(
        (status = 204, description = "The status is gone."),
        (status = 409, description = "Leads are in it, or `groups` let their members \
            pick up leads in it, or it is the only open one: `status_in_use`, `last_open_status`."),
    ),
)]
pub(crate) async fn delete_lead_status(
    Authorized(grant): Authorized<ManageOrganization>,
    state: State,
    Key(key): Key,
    expected: IfMatch,
) -> Answer {
    lead_statuses::delete(&state.services, &grant, &key, expected.version()).await?;
    no_content()
}
