//! The catalogue of permissions.

use std::fmt;

macro_rules! permissions {
    ($(#[doc = $doc:literal] $variant:ident $text:literal,)+) => {
        /// One named ability. It is here only when some operation acts on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission { $(#[doc = $doc] $variant,)+ }

        impl Permission {
            /// Every permission, in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in the API and in storage.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The permission of that name.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|permission| permission.as_str() == text)
            }

            /// What it allows, in a few words.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $doc,)+ }
            }
        }
    };
}

permissions! {
    #[doc = "Add leads, to be routed, distributed or left unassigned; people also to themselves."]
    LeadsCreate "leads.create",
    #[doc = "See the leads one owns, shares, owned before or made."]
    LeadsView "leads.view",
    #[doc = "See the leads owned by or shared with the users of the teams one manages; for an agent, of the teams they are on."]
    LeadsViewTeam "leads.view_team",
    #[doc = "See every lead of the organization."]
    LeadsViewAll "leads.view_all",
    #[doc = "See the unassigned leads in the rotations of the teams one manages, for an agent of the teams they are on, and those that one's groups let one pick up."]
    LeadsViewUnassigned "leads.view_unassigned",
    #[doc = "See the unassigned leads that one's groups let one pick up, and pick them up."]
    LeadsPickUp "leads.pick_up",
    #[doc = "Give the leads one sees to a named user, or to nobody: to anyone for who sees every lead, else to oneself and the users of one's teams; or distribute them: through any group or team for who sees every lead, else through the teams one manages."]
    LeadsAssign "leads.assign",
    #[doc = "Change the leads one works on, and add notes, communications and tasks to them."]
    LeadsEdit "leads.edit",
    #[doc = "Put leads away and take them back, of those one works on."]
    LeadsArchive "leads.archive",
    #[doc = "Erase the personal data of leads for good."]
    LeadsErase "leads.erase",
    #[doc = "Change and delete the notes, communications and tasks that others added to the leads one works on."]
    ActivitiesManage "activities.manage",
    #[doc = "Hand over or release the leads one owns."]
    LeadsTransferOwn "leads.transfer_own",
    #[doc = "See why a colleague sees a lead or does not."]
    LeadsExplainAccess "leads.explain_access",
    #[doc = "See groups, their members and the state of their rotations."]
    GroupsView "groups.view",
    #[doc = "Make, change and delete groups, their members and their limits."]
    GroupsManage "groups.manage",
    #[doc = "Pause, resume and limit members of rotations, and say when they work: anybody for who manages groups, else the users of the teams one manages."]
    RotationsManageMembers "rotations.manage_members",
    #[doc = "See the teams one is in; every team for who manages teams."]
    TeamsView "teams.view",
    #[doc = "Make, change and delete teams, their managers and users."]
    TeamsManage "teams.manage",
    #[doc = "See the names of colleagues and the holidays, and all about oneself and the users of the teams one manages."]
    UsersView "users.view",
    #[doc = "See all about every user."]
    UsersViewAll "users.view_all",
    #[doc = "Invite people with a role no higher than one's own."]
    UsersInvite "users.invite",
    #[doc = "Change, pause, deactivate and reactivate users with a role no higher than one's own."]
    UsersManage "users.manage",
    #[doc = "See and change the permissions of users, as far as one holds them."]
    PermissionsManage "permissions.manage",
    #[doc = "Make, see and revoke API keys."]
    ApiKeysManage "api_keys.manage",
    #[doc = "See and change the organization's settings and lead statuses."]
    OrganizationManage "organization.manage",
    #[doc = "See, test and change the routing rules, their default and the custom fields."]
    RoutingManage "routing.manage",
    #[doc = "See the audit log."]
    AuditLogView "audit_log.view",
    #[doc = "Read the feed of everything that happens in the organization."]
    EventsView "events.view",
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// The set with these members.
    #[must_use]
    pub fn of(permissions: &[Permission]) -> Self {
        permissions.iter().copied().collect()
    }

    /// Every permission.
    #[must_use]
    pub fn all() -> Self {
        Self::of(Permission::ALL)
    }

    /// Whether `permission` is in it.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0 & Self::bit(permission) != 0
    }

    /// The set with `permission` in it.
    #[must_use]
    pub const fn with(self, permission: Permission) -> Self {
        Self(self.0 | Self::bit(permission))
    }

    /// The set without `permission`.
    #[must_use]
    pub const fn without(self, permission: Permission) -> Self {
        Self(self.0 & !Self::bit(permission))
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its members in the catalogue's order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }

    const fn bit(permission: Permission) -> u64 {
        1 << (permission as u64)
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::default(), Self::with)
    }
}
