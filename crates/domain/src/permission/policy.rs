//! The only table of who may do what, and over what.

use std::fmt::Debug;

use crate::ids::{GroupId, UserId};
use crate::permission::Permission::{
    ActivitiesManage, ApiKeysManage, AuditLogView, EventsView, GroupsManage, GroupsView,
    LeadsArchive, LeadsAssign, LeadsCreate, LeadsEdit, LeadsErase, LeadsExplainAccess, LeadsPickUp,
    LeadsTransferOwn, LeadsView, LeadsViewAll, LeadsViewTeam, LeadsViewUnassigned,
    OrganizationManage, PermissionsManage, RotationsManageMembers, RoutingManage, TeamsManage,
    TeamsView, UsersInvite, UsersManage, UsersView, UsersViewAll,
};
use crate::permission::{Actor, LeadScope, Permission, PermissionSet, Subject, UserScope};
use crate::rotation_owner::RotationOwner;
use crate::user::Role;

/// Something that can be done. A zero-sized type per action: the guard of an operation, this
/// table and the spec's `x-required-permission` read the same constant.
pub trait Action: Send + Sync + 'static {
    /// What the action needs.
    const PERMISSION: Permission;
    /// Any of these does as well, for a narrower scope; a refusal names [`Action::PERMISSION`].
    const OR: &'static [Permission] = &[];
    /// What of the organization it may touch.
    type Scope: Clone + Debug + Send + Sync;
    /// The scope of one actor who holds one of the permissions.
    fn scope(actor: &Actor) -> Self::Scope;
}

/// The permissions that a role starts with (product.md, "Roles and what they see").
#[must_use]
pub fn role_permissions(role: Role) -> PermissionSet {
    let agent = PermissionSet::of(&[LeadsCreate, LeadsView, LeadsEdit, UsersView]);
    let manager = agent
        .with(LeadsViewTeam)
        .with(LeadsViewUnassigned)
        .with(LeadsPickUp)
        .with(LeadsAssign)
        .with(LeadsArchive)
        .with(ActivitiesManage)
        .with(LeadsExplainAccess)
        .with(GroupsView)
        .with(RotationsManageMembers)
        .with(TeamsView);
    let admin = manager
        .with(LeadsViewAll)
        .with(LeadsTransferOwn)
        .with(LeadsErase)
        .with(GroupsManage)
        .with(TeamsManage)
        .with(UsersViewAll)
        .with(UsersInvite)
        .with(UsersManage)
        .with(PermissionsManage)
        .with(ApiKeysManage)
        .with(OrganizationManage)
        .with(RoutingManage)
        .with(AuditLogView)
        .with(EventsView);
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
    /// Make, change and delete teams.
    ManageTeams needs TeamsManage;
    /// Invite users.
    InviteUsers needs UsersInvite;
    /// Change, pause, deactivate and reactivate users.
    ManageUsers needs UsersManage;
    /// Read and change the permissions of users.
    ManagePermissions needs PermissionsManage;
    /// Make, read and revoke API keys.
    ManageApiKeys needs ApiKeysManage;
    /// Read and change settings and lead statuses.
    ManageOrganization needs OrganizationManage;
    /// Read, test and change routing rules, their default and custom fields.
    ManageRouting needs RoutingManage;
    /// Read the audit log.
    ViewAuditLog needs AuditLogView;
    /// Read the feed of events.
    ViewEvents needs EventsView;
    /// Read the holidays: on which days colleagues are not there.
    ViewHolidays needs UsersView;
}

macro_rules! scoped {
    ($($(#[$doc:meta])* $action:ident needs $permission:ident over $scope:ty = $of:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default)]
        pub struct $action;

        impl Action for $action {
            const PERMISSION: Permission = $permission;
            type Scope = $scope;
            fn scope(actor: &Actor) -> $scope {
                $of(actor)
            }
        }
    )+};
}

scoped! {
    /// Read leads.
    ViewLeads needs LeadsView over LeadScope = LeadScope::of;
    /// Change leads, and what is on them: those of the scope that one works on.
    EditLeads needs LeadsEdit over LeadScope = LeadScope::of;
    /// Put leads away and take them back: those of the scope that one works on.
    ArchiveLeads needs LeadsArchive over LeadScope = LeadScope::of;
    /// Erase the personal data of leads: those of the scope that one works on.
    EraseLeads needs LeadsErase over LeadScope = LeadScope::of;
    /// Pick up leads: those of the scope that are in one's pool.
    PickUpLeads needs LeadsPickUp over LeadScope = LeadScope::of;
    /// Read why somebody sees a lead or does not.
    ExplainLeadAccess needs LeadsExplainAccess over ExplainScope = ExplainScope::of;
    /// Read users. The scope is of whom more is shown than the name.
    ViewUsers needs UsersView over UserScope =
        |actor: &Actor| UserScope::of(actor, UsersViewAll);
    /// Read teams: `Everyone`'s, or those that the user of the scope is in.
    ViewTeams needs TeamsView over UserScope = |actor: &Actor| UserScope::of(actor, TeamsManage);
    /// Pause, resume and limit members of rotations, and say when they work: of these users.
    ManageRotationMembers needs RotationsManageMembers over UserScope =
        |actor: &Actor| UserScope::of(actor, GroupsManage);
    /// Add leads.
    CreateLeads needs LeadsCreate over IntakeScope = IntakeScope::of;
}

/// Where an actor may put the leads they add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeScope {
    /// The owners they may name; `None` = nobody but themselves.
    pub assignees: Option<UserScope>,
    /// The groups they may distribute to; `None` = any.
    pub groups: Option<Vec<GroupId>>,
    /// The source that their leads get, whatever they say.
    pub source: Option<String>,
}

impl IntakeScope {
    /// Whether they may distribute through it. Who is bound to groups may not through teams.
    #[must_use]
    pub fn may_distribute_to(&self, owner: RotationOwner) -> bool {
        self.groups
            .as_ref()
            .is_none_or(|groups| owner.group_id().is_some_and(|group| groups.contains(&group)))
    }

    fn of(actor: &Actor) -> Self {
        let (groups, source) = match &actor.subject {
            Subject::User { .. } => (None, None),
            Subject::ApiKey { group_ids, source, .. } => (group_ids.clone(), source.clone()),
        };
        let assignees = actor.may(LeadsAssign).then(|| assignees(actor));
        Self { assignees, groups, source }
    }
}

/// To whom somebody with `leads.assign` may give a lead.
fn assignees(actor: &Actor) -> UserScope {
    match actor.subject {
        Subject::User { .. } => UserScope::of(actor, LeadsViewAll),
        Subject::ApiKey { .. } => UserScope::Everyone,
    }
}

/// Change somebody on a team: what they are on it, or what is set for them in its rotation.
#[derive(Debug, Clone, Copy, Default)]
pub struct ChangeTeamMembers;

/// Whom an actor may change on which teams, and in what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamMemberScope {
    /// The teams they see: `Everyone`'s, or those that the user of the scope is on.
    pub teams: UserScope,
    /// Whose pause, limits and weight they set; `None` = nobody's. Seats are [`ManageTeams`]'s.
    pub settings: Option<UserScope>,
}

impl Action for ChangeTeamMembers {
    const PERMISSION: Permission = RotationsManageMembers;
    const OR: &'static [Permission] = &[TeamsManage];
    type Scope = TeamMemberScope;
    fn scope(actor: &Actor) -> TeamMemberScope {
        let over = || UserScope::of(actor, TeamsManage);
        let sees = actor.may(TeamsView) || actor.may(TeamsManage);
        TeamMemberScope {
            teams: if sees { over() } else { UserScope::Nobody },
            settings: actor.may(RotationsManageMembers).then(over),
        }
    }
}

/// Have a lead under the id that its source gives it, by adding one or by changing the one that is
/// there: whichever it takes is [`CreateLeads`] or [`EditLeads`] beside.
#[derive(Debug, Clone, Copy, Default)]
pub struct PutLeads;

impl Action for PutLeads {
    const PERMISSION: Permission = LeadsCreate;
    const OR: &'static [Permission] = &[LeadsEdit];
    /// The leads that are there for the actor.
    type Scope = LeadScope;
    fn scope(actor: &Actor) -> LeadScope {
        LeadScope::of(actor)
    }
}

/// Give a lead to a user, or to nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct AssignLeads;

/// Which leads an actor may give to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignScope {
    /// The leads they see.
    pub leads: LeadScope,
    /// To whom they may give any lead that they work on; `None` = only their own may be given.
    pub assignees: Option<UserScope>,
    /// Whether they may hand over what they own themselves, to anyone.
    pub may_transfer_own: bool,
}

impl AssignScope {
    fn of(actor: &Actor) -> Self {
        Self {
            leads: LeadScope::of(actor),
            assignees: actor.may(LeadsAssign).then(|| assignees(actor)),
            may_transfer_own: actor.may(LeadsTransferOwn) && actor.user_id().is_some(),
        }
    }
}

impl Action for AssignLeads {
    const PERMISSION: Permission = LeadsAssign;
    const OR: &'static [Permission] = &[LeadsTransferOwn];
    type Scope = AssignScope;
    fn scope(actor: &Actor) -> AssignScope {
        AssignScope::of(actor)
    }
}

/// Take collaborators off leads: whoever may give these away, and each collaborator themself.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveCollaborators;

impl Action for RemoveCollaborators {
    const PERMISSION: Permission = LeadsAssign;
    const OR: &'static [Permission] = &[LeadsTransferOwn, LeadsView];
    type Scope = AssignScope;
    fn scope(actor: &Actor) -> AssignScope {
        AssignScope::of(actor)
    }
}

/// Have a rotation deal a lead that exists.
#[derive(Debug, Clone, Copy, Default)]
pub struct DistributeLeads;

/// Which leads an actor may have dealt, and by which rotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributeScope {
    /// The leads they see; of these, those that they work on.
    pub leads: LeadScope,
    /// The rotations.
    pub through: RotationScope,
}

/// Some of the organization's rotations, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RotationScope {
    /// Those of all groups and teams.
    Every,
    /// Those of these groups.
    Groups(Vec<GroupId>),
    /// Those of the teams that this user manages.
    ManagedTeams(UserId),
}

impl Action for DistributeLeads {
    const PERMISSION: Permission = LeadsAssign;
    type Scope = DistributeScope;
    fn scope(actor: &Actor) -> DistributeScope {
        let through = match &actor.subject {
            Subject::User { .. } if actor.may(LeadsViewAll) => RotationScope::Every,
            Subject::User { id, .. } => RotationScope::ManagedTeams(*id),
            Subject::ApiKey { group_ids: Some(groups), .. } => {
                RotationScope::Groups(groups.clone())
            }
            Subject::ApiKey { group_ids: None, .. } => RotationScope::Every,
        };
        DistributeScope { leads: LeadScope::of(actor), through }
    }
}

/// Of which leads, and about whom, an actor may ask why they are seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainScope {
    /// The leads.
    pub leads: LeadScope,
    /// The users.
    pub users: UserScope,
}

impl ExplainScope {
    fn of(actor: &Actor) -> Self {
        Self { leads: LeadScope::of(actor), users: UserScope::of(actor, UsersViewAll) }
    }
}

/// Read what a verification found.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViewVerifications;

/// The verifications that an actor may read: of ledgers that they may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationScope {
    /// Whether of those of groups.
    pub groups: bool,
    /// The teams whose.
    pub teams: UserScope,
}

impl Action for ViewVerifications {
    const PERMISSION: Permission = GroupsView;
    const OR: &'static [Permission] = &[TeamsView];
    type Scope = VerificationScope;
    fn scope(actor: &Actor) -> VerificationScope {
        let teams = if actor.may(TeamsView) {
            UserScope::of(actor, TeamsManage)
        } else {
            UserScope::Nobody
        };
        VerificationScope { groups: actor.may(GroupsView), teams }
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
