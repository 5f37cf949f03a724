//! `POST /v1/api-keys/{id}/rotate`.

use evenhand_application::api_keys;
use evenhand_domain::ids::ApiKeyId;
use evenhand_domain::permission::ManageApiKeys;

use super::renewed;
use super::view::IssuedApiKeyView;
use crate::etag::IfMatch;
use crate::guard::AuthorizedPerson;
use crate::idempotency::IdempotencyKey;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Give an API key a new secret.
///
/// The old one ends at once; the new one is shown this once. Only people do this.
#[utoipa::path(
    post, path = "/v1/api-keys/{id}/rotate", tag = "api-keys",
    responses(
        (status = 200, description = "The API key, with its new secret.", body = IssuedApiKeyView),
        (status = 403, description = "The key has a permission that you lack: `permission_denied`."),
        (status = 409, description = "It is revoked: `api_key_revoked`."),
    ),
)]
pub(crate) async fn rotate_api_key(
    AuthorizedPerson(grant): AuthorizedPerson<ManageApiKeys>,
    state: State,
    Id(id): Id<ApiKeyId>,
    expected: IfMatch,
    key: IdempotencyKey,
) -> Answer {
    let once = key.once(grant.stamp().credential, &[], renewed);
    let outcome =
        api_keys::rotate(&state.services, &grant, id, expected.version(), once.as_ref()).await?;
    key.answer(outcome, renewed)
}
