//! `PATCH /v1/api-keys/{id}`.

use evenhand_application::api_keys;
use evenhand_domain::ids::ApiKeyId;
use evenhand_domain::permission::ManageApiKeys;

use super::body::ChangeApiKey;
use super::view::ApiKeyView;
use crate::answer::ok_version;
use crate::body::Body;
use crate::etag::IfMatch;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Change an API key.
///
/// A JSON merge patch of its name and its end: what is absent stays.
#[utoipa::path(
    patch, path = "/v1/api-keys/{id}", tag = "api-keys",
    responses(
        (status = 200, description = "The API key as it is now.", body = ApiKeyView),
        (status = 403, description = "The key has a permission that you lack: `permission_denied`."),
        (status = 409, description = "It is revoked: `api_key_revoked`."),
    ),
)]
pub(crate) async fn change_api_key(
    Authorized(grant): Authorized<ManageApiKeys>,
    state: State,
    Id(id): Id<ApiKeyId>,
    expected: IfMatch,
    body: Body<ChangeApiKey>,
) -> Answer {
    let change = body.read().await?.content.check(ChangeApiKey::parse)?;
    let key = api_keys::change(&state.services, &grant, id, change, expected.version()).await?;
    ok_version(key.version, &ApiKeyView::from(key))
}
