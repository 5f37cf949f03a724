//! `GET /v1/api-keys/{id}`.

use evenhand_domain::error::Error;
use evenhand_domain::ids::ApiKeyId;
use evenhand_domain::permission::ManageApiKeys;
use evenhand_persistence::api_keys;

use super::view::ApiKeyView;
use crate::answer::ok_version;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::path::Id;
use crate::state::State;

/// Read an API key.
#[utoipa::path(
    get, path = "/v1/api-keys/{id}", tag = "api-keys",
    responses((status = 200, description = "The API key, without its secret.", body = ApiKeyView)),
)]
pub(crate) async fn get_api_key(
    Authorized(grant): Authorized<ManageApiKeys>,
    state: State,
    Id(id): Id<ApiKeyId>,
) -> Answer {
    let key = api_keys::get(state.store(), &grant, id).await?.ok_or(Error::NotFound("API key"))?;
    ok_version(key.version, &ApiKeyView::from(key))
}
