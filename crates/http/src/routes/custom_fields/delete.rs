//! `DELETE /v1/custom-fields/{key}`.

use evenhand_application::custom_fields;
use evenhand_domain::permission::ManageRouting;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Key;
use crate::state::State;

/// Delete a custom field.
///
/// Only one that no routing rule looks at, a disabled one neither. What leads have in it stays.
#[utoipa::path(
    delete, path = "/v1/custom-fields/{key}", tag = "routing",
    responses(
        (status = 204, description = "The field is not defined any more."),
        (status = 409, description = "Routing rules look at it: `used_by_rules` with `rules`."),
    ),
)]
pub(crate) async fn delete_custom_field(
    Authorized(grant): Authorized<ManageRouting>,
    state: State,
    Key(key): Key,
    expected: IfMatch,
) -> Answer {
    custom_fields::delete(&state.services, &grant, &key, expected.version()).await?;
    no_content()
}
