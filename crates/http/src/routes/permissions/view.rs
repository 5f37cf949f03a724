//! Permissions as the API shows them.

use evenhand_application::people::UserPermissions;
use evenhand_domain::permission::PermissionSet;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::users::view::Role;

/// What a user may do, and what it is made of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserPermissions, example = json!({
    "user_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01",
    "role": "agent",
    "grant": ["leads.view_team"],
    "deny": ["leads.create"],
    "effective": ["leads.view", "leads.view_team", "users.view"],
    "version": 3,
}))]
pub(crate) struct UserPermissionsView {
    /// The user.
    user_id: Uuid,
    /// Their role, whose permissions they start with.
    #[schema(value_type = Role)]
    role: &'static str,
    /// What is granted besides.
    grant: Vec<&'static str>,
    /// What is denied of it.
    deny: Vec<&'static str>,
    /// What they may do: the role's permissions with what is granted, without what is denied.
    effective: Vec<&'static str>,
    /// The user's version.
    pub(super) version: i64,
}

impl From<UserPermissions> for UserPermissionsView {
    fn from(permissions: UserPermissions) -> Self {
        let UserPermissions { user, overrides } = permissions;
        Self {
            user_id: user.id.uuid(),
            role: user.role.as_str(),
            grant: names(overrides.grant),
            deny: names(overrides.deny),
            effective: names(overrides.effective(user.role)),
            version: user.version,
        }
    }
}

pub(super) fn names(set: PermissionSet) -> Vec<&'static str> {
    set.iter().map(|permission| permission.as_str()).collect()
}
