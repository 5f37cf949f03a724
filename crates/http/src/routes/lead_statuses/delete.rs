//! `DELETE /v1/lead-statuses/{key}`.

use evenhand_application::lead_statuses;
use evenhand_domain::permission::ManageOrganization;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Key;
use crate::query::Query;
use crate::state::State;

/// What becomes of the leads in it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteLeadStatusQuery {
    /// The status that the leads in it come into, at most 10,000; each has it on its timeline.
    replaced_by: Option<String>,
}

/// Delete a lead status.
///
/// Only one that no group lets its members pick up leads in, and that no lead is in, or with
/// `replaced_by`, which they come into. Leads that are added at the same time either come first, or are
/// told that there is no such status.
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
    query: Query<DeleteLeadStatusQuery>,
) -> Answer {
    let other = query.check(|DeleteLeadStatusQuery { replaced_by }, _| Some(replaced_by))?;
    let (services, expected) = (&state.services, expected.version());
    lead_statuses::delete(services, &grant, &key, other.as_deref(), expected).await?;
    no_content()
}
