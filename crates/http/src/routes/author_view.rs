//! Who put something down on a lead, as the API shows them.

use evenhand_domain::lead::CreatedBy;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who put something down on a lead.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Author)]
pub(crate) struct AuthorView {
    /// `user` or `api_key`. There will be more.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The user's or the key's id.
    pub(crate) id: Uuid,
    /// Their name.
    pub(crate) name: String,
}

impl From<&CreatedBy> for AuthorView {
    fn from(by: &CreatedBy) -> Self {
        match by {
            CreatedBy::User { id, name } => {
                Self { kind: "user", id: id.uuid(), name: name.clone() }
            }
            CreatedBy::ApiKey { id, name } => {
                Self { kind: "api_key", id: id.uuid(), name: name.clone() }
            }
        }
    }
}
