//! People: inviting them, and their joining.

mod accept;
mod invite;
mod resend;

use evenhand_domain::error::Error;
use evenhand_domain::permission::Actor;
use evenhand_domain::user::User;
use evenhand_persistence::users;

use crate::Services;

pub use accept::{Accept, accept, find_invitation};
pub use invite::{InvitationLink, Invite, Invited, invite};
pub use resend::resend;

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
