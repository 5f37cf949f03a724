//! Who may do what. [`authorize`] is the only maker of a [`Grant`], and every query and every use
//! case takes one: a check that was forgotten does not compile.

mod actor;
mod grant;
pub mod lead_access;
mod permissions;
mod policy;
mod power;
mod scope;

pub use actor::{Actor, Credential, Stamp, Subject};
pub use grant::{Denied, Grant, Unconfirmed, authorize, authorize_unconfirmed};
pub use lead_access::{LeadAction, LeadFacts, LeadState, Sight, allowed_actions};
pub use permissions::{Permission, PermissionSet};
pub use policy::{
    Action, ArchiveLeads, AssignLeads, AssignScope, ChangeTeamMembers, CreateLeads,
    DistributeLeads, DistributeScope, EditLeads, EraseLeads, ExplainLeadAccess, ExplainScope,
    IntakeScope, InviteUsers, ManageApiKeys, ManageGroups, ManageOrganization, ManagePermissions,
    ManageRotationMembers, ManageRouting, ManageTeams, ManageUsers, PickUpLeads, PutLeads,
    RemoveCollaborators, RotationScope, TeamMemberScope, VerificationScope, ViewAuditLog,
    ViewEvents, ViewGroups, ViewHolidays, ViewLeads, ViewTeams, ViewUsers, ViewVerifications,
    role_permissions,
};
pub use power::{Overrides, first_unheld, require_power};
pub use scope::{LeadScope, LeadTie, OwnTeams, UnassignedScope, UserScope};
