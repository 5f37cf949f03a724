//! `DELETE /v1/api-keys/{id}`.

use evenhand_application::api_keys;
use evenhand_domain::ids::ApiKeyId;
use evenhand_domain::permission::ManageApiKeys;

use crate::answer::no_content;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Revoke an API key.
///
/// It is good for nothing with the next request. Asking twice is no fault.
#[utoipa::path(
    delete, path = "/v1/api-keys/{id}", tag = "api-keys",
    responses((status = 204, description = "The key is revoked.")),
)]
pub(crate) async fn revoke_api_key(
    Authorized(grant): Authorized<ManageApiKeys>,
    state: State,
    Id(id): Id<ApiKeyId>,
    expected: IfMatch,
) -> Answer {
    api_keys::revoke(&state.services, &grant, id, expected.version()).await?;
    no_content()
}
