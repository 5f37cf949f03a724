//! People as the API shows them.

use evenhand_domain::user::{User, UserName};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::schema::{Instant, page_view, words};

words! {
    /// A default set of permissions.
    Role { "owner", "admin", "manager", "agent", }
}

words! {
    /// Where a user is in their life cycle.
    UserStatus { "invited", "active", "inactive", }
}

/// A person's membership of the organization.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01",
    "email": "tom@acme.example",
    "first_name": "Tom",
    "last_name": null,
    "role": "agent",
    "status": "active",
    "partner": false,
    "version": 2,
    "created_at": "2026-03-02T09:30:00.000000Z",
    "updated_at": "2026-03-02T10:00:00.000000Z",
}))]
pub(crate) struct UserView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The account's address.
    pub(crate) email: String,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: Option<String>,
    /// What they may do by default.
    #[schema(value_type = Role)]
    pub(crate) role: &'static str,
    /// Where they are in their life cycle.
    #[schema(value_type = UserStatus)]
    pub(crate) status: &'static str,
    /// Whether this is an outside account.
    pub(crate) partner: bool,
    /// Raised by every change.
    pub(crate) version: i64,
    /// When they were invited or set up.
    pub(crate) created_at: Instant,
    /// When they last changed.
    pub(crate) updated_at: Instant,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            first_name,
            last_name,
            role,
            status,
            partner,
            version,
            created_at,
            updated_at,
        } = user;
        Self {
            id: id.uuid(),
            email,
            first_name,
            last_name,
            role: role.as_str(),
            status: status.as_str(),
            partner,
            version,
            created_at: created_at.into(),
            updated_at: updated_at.into(),
        }
    }
}

/// A user's id and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UserName)]
pub(crate) struct UserNameView {
    /// Their id.
    pub(crate) id: Uuid,
    /// First name.
    pub(crate) first_name: String,
    /// Last name.
    pub(crate) last_name: Option<String>,
}

impl From<UserName> for UserNameView {
    fn from(name: UserName) -> Self {
        let UserName { id, first_name, last_name } = name;
        Self { id: id.uuid(), first_name, last_name }
    }
}

page_view! {
    /// A page of users.
    UserPage of UserView
}
