//! Who may do what. [`authorize`] is the only maker of a [`Grant`], and every query and every use
//! case takes one: a check that was forgotten does not compile.

mod actor;
mod grant;
mod permissions;
mod policy;

pub use actor::{Actor, Credential, Stamp, Subject};
pub use grant::{Denied, Grant, Unconfirmed, authorize, authorize_unconfirmed};
pub use permissions::{Permission, PermissionSet};
pub use policy::{
    Action, CreateLeads, IntakeScope, InviteUsers, LeadScope, ManageApiKeys, ManageGroups,
    ViewGroups, ViewLeads, ViewUsers, role_permissions,
};
