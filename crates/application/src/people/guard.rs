//! What keeps an organization from losing its last owner, and people from reaching above
//! themselves.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::permission::{Actor, Permission, require_power};
use evenhand_domain::user::{Role, User, UserStatus};
use evenhand_persistence::{Tx, users};

/// Refuses who may not change, pause, deactivate or reactivate this user.
///
/// # Errors
/// [`Error::Denied`] with `users.manage` for a role above the actor's; [`Error::PersonRequired`].
pub(crate) fn require_power_over(actor: &Actor, target: &User) -> Result<(), Error> {
    require_power(actor, target.role, Permission::UsersManage)
}

/// Refuses to take power from the last active owner who can manage people. To be asked after
/// `evenhand_persistence::organizations::lock`, of the user as they were before the change, so
/// that of two who take it from each other at once one is refused.
///
/// # Errors
/// [`Conflict::LastOwner`].
pub(crate) async fn require_another_owner(
    tx: &mut Tx,
    organization_id: OrganizationId,
    user: &User,
) -> Result<(), Error> {
    let is_active_owner = user.role == Role::Owner && user.status == UserStatus::Active;
    if is_active_owner && !users::has_another_owner(tx, organization_id, Some(user.id)).await? {
        return Err(Error::Conflict(Conflict::LastOwner));
    }
    Ok(())
}
