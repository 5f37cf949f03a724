//! `GET /v1/api-keys`.

use evenhand_domain::permission::ManageApiKeys;
use evenhand_persistence::api_keys;

use super::view::{ApiKeyPage, ApiKeyView};
use crate::answer::ok;
use crate::guard::Authorized;
use crate::operations::Answer;
use crate::query::{List, NoFilters};
use crate::state::State;

/// List API keys.
///
/// Newest first, revoked ones too.
#[utoipa::path(
    get, path = "/v1/api-keys", tag = "api-keys",
    responses((status = 200, description = "A page of API keys.", body = ApiKeyPage)),
)]
pub(crate) async fn list_api_keys(
    Authorized(grant): Authorized<ManageApiKeys>,
    state: State,
    list: List<NoFilters>,
) -> Answer {
    let asked = list.check(|none, _| Some(none))?;
    let page = api_keys::list(state.store(), &grant, &asked.page).await?;
    ok(&ApiKeyPage::from(asked.views(page, ApiKeyView::from)))
}
