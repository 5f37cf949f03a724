//! People: inviting them, their joining, and what they may do.

mod accept;
mod change;
pub(crate) mod guard;
mod invite;
mod link;
mod permissions;
mod resend;
mod switch;
mod wanted;

use evenhand_domain::error::Error;
use evenhand_domain::permission::Actor;
use evenhand_domain::user::User;
use evenhand_persistence::users;

use crate::Services;

pub use accept::{Accept, accept, find_invitation};
pub use change::{UserChange, change, change_own};
pub use invite::{Invite, Invited, invite, parse_role};
pub use link::InvitationLink;
pub use permissions::{
    MAX_COPIES, UserPermissions, WantedPermissions, copy_permissions, permissions_of,
    set_permissions,
};
pub use resend::{resend, revoke_invitation};
pub use switch::{organizations_of, switch};
pub(crate) use wanted::missing_to_hand_out;
pub use wanted::{Wanted, faults_of};

/// The longest first name, last name or organization name, in characters.
pub const MAX_NAME: usize = 100;

/// The user who asks.
///
/// # Errors
/// [`Error::PersonRequired`] for an API key, unavailability.
pub async fn me(services: &Services, actor: &Actor) -> Result<User, Error> {
    users::own(&services.store, actor).await?.ok_or(Error::PersonRequired)
}

#[cfg(test)]
#[path = "people/tests.rs"]
mod tests;
