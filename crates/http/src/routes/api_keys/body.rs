//! What clients send about API keys.

use evenhand_application::api_keys::{ApiKeyChange, NewApiKey};
use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::ids::GroupId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::present;
use crate::fields;
use crate::schema::PermissionName;

/// The most groups that a body is read with; how many a key may name is decided elsewhere.
const MOST_GROUPS_READ: usize = 1000;

/// An API key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Web form", "scopes": ["leads.create"], "source": "web"}))]
pub(crate) struct CreateApiKey {
    /// Its name.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The permissions that it is to have, none that its maker does not hold.
    #[schema(value_type = HashSet<PermissionName>, required = true, min_items = 1)]
    pub(super) scopes: Option<Vec<String>>,
    /// The source that its leads get, whatever they say.
    #[schema(max_length = 200)]
    source: Option<String>,
    /// The groups it may distribute to; any when absent.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 100)]
    group_ids: Option<Vec<String>>,
    /// When it stops working; not by itself when absent.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// What can be said against a key beyond its form, as far as the form allows it to be read.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) scopes: Vec<String>,
    pub(super) groups: Vec<(usize, GroupId)>,
    pub(super) expires_at: Option<Timestamp>,
}

impl CreateApiKey {
    pub(super) fn parse(self, faults: &mut Faults) -> (Option<NewApiKey>, Named) {
        let Self { name, scopes, source, group_ids, expires_at } = self;
        let scopes = scopes.unwrap_or_default();
        let listed = group_ids.map(|ids| fields::ids(faults, "/group_ids", &ids, MOST_GROUPS_READ));
        let expires_at = expires_at.map(|text| fields::instant(faults, "/expires_at", &text));
        let key = NewApiKey::parse(
            &name.unwrap_or_default(),
            &scopes,
            source.as_deref(),
            // Those that can be read; where one cannot, there is a fault already.
            listed.as_ref().map(|listed| listed.placed.iter().map(|(_, id)| *id).collect()),
            expires_at.flatten(),
            faults,
        );
        let groups = listed.map(|listed| listed.placed).unwrap_or_default();
        (key, Named { scopes, groups, expires_at: expires_at.flatten() })
    }
}

/// A change of an API key (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expires_at": "2099-01-01T00:00:00Z"}))]
pub(crate) struct ChangeApiKey {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
    /// When it stops working; null = not by itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<String>>,
}

impl ChangeApiKey {
    pub(super) fn parse(self, faults: &mut Faults) -> Option<ApiKeyChange> {
        let Self { name, expires_at } = self;
        let name = name.as_ref().map(Option::as_deref);
        let expires_at = match expires_at {
            None => Some(None),
            Some(None) => Some(Some(None)),
            Some(Some(text)) => {
                fields::instant(faults, "/expires_at", &text).map(|at| Some(Some(at)))
            }
        };
        let change = ApiKeyChange::parse(name, expires_at.flatten(), faults);
        expires_at.and(change)
    }
}
