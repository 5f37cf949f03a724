//! API keys as the API shows them.

use evenhand_application::api_keys::IssuedApiKey;
use evenhand_persistence::api_keys::ApiKey;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{Instant, page_view};

/// An integration's credential, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ApiKey, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e05",
    "name": "Web form",
    "prefix": "evh_7Hq2bN4c",
    "scopes": ["leads.create"],
    "source": "web",
    "group_ids": null,
    "expires_at": null,
    "revoked_at": null,
    "last_used_at": "2026-03-02T09:30:00.000000Z",
    "created_at": "2026-03-01T12:00:00.000000Z",
    "created_by": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00",
    "version": 1,
}))]
pub(crate) struct ApiKeyView {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// The first characters of the key, to recognise it by.
    prefix: String,
    /// The permissions that it has.
    scopes: Vec<&'static str>,
    /// The source that its leads get, whatever they say; null = what they say.
    source: Option<String>,
    /// The groups it may distribute to; null = any.
    group_ids: Option<Vec<Uuid>>,
    /// When it stops working; null = not by itself.
    expires_at: Option<Instant>,
    /// When it was revoked.
    revoked_at: Option<Instant>,
    /// When it was used last, to the minute.
    last_used_at: Option<Instant>,
    /// When it was made.
    created_at: Instant,
    /// The user who made it.
    created_by: Uuid,
    /// Raised by every change, not by use.
    version: i64,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let ApiKey {
            id,
            name,
            prefix,
            scopes,
            source,
            group_ids,
            created_by,
            expires_at,
            revoked_at,
            last_used_at,
            version,
            created_at,
        } = key;
        Self {
            id: id.uuid(),
            name,
            prefix,
            scopes: scopes.iter().map(|scope| scope.as_str()).collect(),
            source,
            group_ids: group_ids.map(|ids| ids.iter().map(|id| id.uuid()).collect()),
            expires_at: expires_at.map(Instant::from),
            revoked_at: revoked_at.map(Instant::from),
            last_used_at: last_used_at.map(Instant::from),
            created_at: created_at.into(),
            created_by: created_by.uuid(),
            version,
        }
    }
}

/// An integration's credential with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = IssuedApiKey)]
pub(crate) struct IssuedApiKeyView {
    /// The key's record.
    #[serde(flatten)]
    api_key: ApiKeyView,
    /// What the integration sends as `X-API-Key`. It is shown this once.
    key: String,
}

impl From<&IssuedApiKey> for IssuedApiKeyView {
    fn from(issued: &IssuedApiKey) -> Self {
        let IssuedApiKey { api_key, key } = issued;
        Self { api_key: api_key.clone().into(), key: key.expose_secret().to_owned() }
    }
}

page_view! {
    /// A page of API keys.
    ApiKeyPage of ApiKeyView
}
