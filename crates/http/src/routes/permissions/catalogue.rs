//! `GET /v1/permissions`.

use evenhand_domain::permission::{Permission, role_permissions};
use evenhand_domain::user::Role;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::names;
use crate::answer::ok;
use crate::guard::SignedIn;
use crate::operations::Answer;
use crate::routes::users::view;

/// All permissions, and those that each role starts with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionCatalogue, example = json!({
    "data": [{"key": "leads.view", "description": "See the leads one owns, shares, owned before or made."}],
    "roles": [{"role": "agent", "permissions": ["leads.create", "leads.view", "users.view"]}],
}))]
pub(crate) struct CatalogueView {
    /// Every permission.
    data: Vec<PermissionView>,
    /// Every role, from the least to the most.
    roles: Vec<RoleView>,
}

/// One named ability.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionEntry)]
pub(crate) struct PermissionView {
    /// Its name.
    key: &'static str,
    /// What it allows.
    description: &'static str,
}

/// A role's permissions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RolePermissions)]
pub(crate) struct RoleView {
    /// The role.
    #[schema(value_type = view::Role)]
    role: &'static str,
    /// What it starts with.
    permissions: Vec<&'static str>,
}

/// List all permissions.
///
/// With those that each role starts with.
#[utoipa::path(
    get, path = "/v1/permissions", tag = "permissions",
    responses((status = 200, description = "The catalogue.", body = CatalogueView)),
)]
pub(crate) async fn list_permissions(_signed_in: SignedIn) -> Answer {
    let permission = |permission: &Permission| PermissionView {
        key: permission.as_str(),
        description: permission.description(),
    };
    let role =
        |role: &Role| RoleView { role: role.as_str(), permissions: names(role_permissions(*role)) };
    ok(&CatalogueView {
        data: Permission::ALL.iter().map(permission).collect(),
        roles: Role::ALL.iter().map(role).collect(),
    })
}
