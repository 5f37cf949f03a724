//! Whether somebody can be given leads, and by whom.

use evenhand_domain::error::Error;
use evenhand_domain::ids::{OrganizationId, UserId};
use evenhand_domain::permission::{Action, AssignScope, Denied, Grant, Permission};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::intake::Users;
use evenhand_persistence::ownership::HeldLead;

/// Whether a user, looked for among those that are locked, is active.
///
/// # Errors
/// [`Error::Invalid`] that says why not: `unknown_user`, `invited_user` for who has not accepted yet,
/// `inactive_user` for who was deactivated.
pub(super) fn check_active(
    users: &Users,
    organization_id: OrganizationId,
    user: UserId,
    pointer: &str,
) -> Result<(), Error> {
    let (code, detail) = match users.get(&(organization_id, user)).map(|(_, status)| *status) {
        Some(UserStatus::Active) => return Ok(()),
        Some(UserStatus::Invited) => {
            ("invited_user", "they have not accepted their invitation yet")
        }
        Some(UserStatus::Inactive) => ("inactive_user", "they were deactivated"),
        None => ("unknown_user", "no user of this organization"),
    };
    Err(Error::invalid(pointer, code, detail))
}

/// Whether the caller may give a locked lead to a user, or to nobody.
///
/// # Errors
/// [`Permission::LeadsAssign`] is missing where they may only look at it,
/// [`Permission::LeadsViewAll`] where it is not for them to give it to that user.
pub(super) fn check_giving<A: Action<Scope = AssignScope>>(
    grant: &Grant<A>,
    lead: &HeldLead,
    to: Option<UserId>,
) -> Result<(), Denied> {
    let scope = grant.scope();
    if !scope.may_give_away(grant.actor(), lead.sight, lead.owner_id) {
        return Err(Denied(Permission::LeadsAssign));
    }
    if let Some(user) = to {
        let own = scope.may_transfer_own && lead.owner_id == grant.user_id();
        let covered = scope.assignees.as_ref().is_some_and(|assignees| assignees.covers(user));
        if !own && !covered {
            return Err(Denied(Permission::LeadsViewAll));
        }
    }
    Ok(())
}
