//! The only table of who may do what, and over what.

use std::fmt::Debug;

use crate::ids::{ApiKeyId, GroupId, UserId};
use crate::permission::Permission::{
    ApiKeysManage, GroupsManage, GroupsView, LeadsAssign, LeadsCreate, LeadsView, LeadsViewAll,
    UsersInvite, UsersView,
};
use crate::permission::{Actor, Permission, PermissionSet, Subject};
use crate::user::Role;

/// Something that can be done. A zero-sized type per action: the guard of an operation, this
/// table and the spec's `x-required-permission` read the same constant.
pub trait Action: Send + Sync + 'static {
    /// What the action needs.
    const PERMISSION: Permission;
    /// What of the organization it may touch.
    type Scope: Clone + Debug + Send + Sync;
    /// The scope of one actor who holds the permission.
    fn scope(actor: &Actor) -> Self::Scope;
}

/// The permissions that a role starts with (product.md, "Roles and what they see").
#[must_use]
pub fn role_permissions(role: Role) -> PermissionSet {
    let agent = PermissionSet::of(&[LeadsCreate, LeadsView]);
    let manager = agent.with(GroupsView).with(UsersView);
    let admin = manager
        .with(LeadsViewAll)
        .with(LeadsAssign)
        .with(GroupsManage)
        .with(UsersInvite)
        .with(ApiKeysManage);
    match role {
        Role::Agent => agent,
        Role::Manager => manager,
        Role::Admin => admin,
        Role::Owner => PermissionSet::all(),
    }
}

macro_rules! organization_wide {
    ($($(#[$doc:meta])* $action:ident needs $permission:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $action;

        impl Action for $action {
            const PERMISSION: Permission = $permission;
            type Scope = ();
            fn scope(_actor: &Actor) {}
        }
    )+};
}

organization_wide! {
    /// Read groups, members and the state of rotations.
    ViewGroups needs GroupsView;
    /// Make, change and delete groups.
    ManageGroups needs GroupsManage;
    /// Read users.
    ViewUsers needs UsersView;
    /// Invite users.
    InviteUsers needs UsersInvite;
    /// Make, read and revoke API keys.
    ManageApiKeys needs ApiKeysManage;
}

/// Read leads.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViewLeads;

/// The leads an actor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadScope {
    /// Every lead of the organization.
    Everything,
    /// Those the user owns or made.
    User(UserId),
    /// Those the key made.
    MadeBy(ApiKeyId),
}

impl LeadScope {
    fn of(actor: &Actor) -> Self {
        match &actor.subject {
            _ if actor.may(LeadsViewAll) => Self::Everything,
            Subject::User { id, .. } => Self::User(*id),
            Subject::ApiKey { id, .. } => Self::MadeBy(*id),
        }
    }
}

impl Action for ViewLeads {
    const PERMISSION: Permission = LeadsView;
    type Scope = LeadScope;
    fn scope(actor: &Actor) -> LeadScope {
        LeadScope::of(actor)
    }
}

/// Add leads.
#[derive(Debug, Clone, Copy, Default)]
pub struct CreateLeads;

/// Where an actor may put the leads they add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeScope {
    /// Whether they may name an owner other than themselves.
    pub may_assign: bool,
    /// The groups they may distribute to; `None` = any.
    pub groups: Option<Vec<GroupId>>,
    /// The source that their leads get, whatever they say.
    pub source: Option<String>,
}

impl Action for CreateLeads {
    const PERMISSION: Permission = LeadsCreate;
    type Scope = IntakeScope;
    fn scope(actor: &Actor) -> IntakeScope {
        let (groups, source) = match &actor.subject {
            Subject::User { .. } => (None, None),
            Subject::ApiKey { group_ids, source, .. } => (group_ids.clone(), source.clone()),
        };
        IntakeScope { may_assign: actor.may(LeadsAssign), groups, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_holds_what_a_lower_one_holds() {
        for pair in Role::ALL.windows(2) {
            for permission in role_permissions(pair[0]).iter() {
                assert!(role_permissions(pair[1]).has(permission), "{} {permission}", pair[1]);
            }
        }
    }

    #[test]
    fn owners_hold_everything_and_every_permission_has_words() {
        assert_eq!(role_permissions(Role::Owner), PermissionSet::all());
        for permission in Permission::ALL {
            assert_eq!(Permission::from_text(permission.as_str()), Some(*permission));
            assert!(permission.description().ends_with('.'));
        }
    }
}
