//! The use cases that change something. Each opens and commits its transaction, composes steps of
//! `identity` and `distribution`, and appends the events that tell of it. Reads need no use case:
//! they go to `persistence` with a grant.

use std::fmt;
use std::sync::Arc;

use evenhand_delivery::{Links, Outbox};
use evenhand_domain::clock::{Clock, Entropy};
use evenhand_domain::error::Error;
use evenhand_domain::ids::IdSource;
use evenhand_domain::permission::{Action, Actor, Grant};
use evenhand_identity::{Passwords, Tokens};
use evenhand_persistence::{Store, Tx, access};

pub mod account;
pub mod activities;
pub mod api_keys;
pub mod archiving;
pub mod aside;
pub mod availability;
pub mod custom_fields;
mod distribution;
pub mod groups;
pub mod heads;
pub mod holidays;
pub mod lead_search;
pub mod lead_statuses;
pub mod lead_views;
pub mod leads;
mod memberships;
pub mod off_boarding;
pub mod pauses;
pub mod people;
pub mod rotations;
pub mod routing;
pub mod settings;
pub mod sign_in;
pub mod simulation;
pub mod start;
pub mod teams;
pub mod verification;

#[cfg(test)]
mod testing;

/// What use cases work with. Clones share all of it.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// Now, outside of transactions; inside it is `Tx::now`.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: IdSource,
    /// Randomness for secrets.
    pub entropy: Arc<dyn Entropy>,
    /// Password hashes.
    pub passwords: Passwords,
    /// Access tokens.
    pub tokens: Tokens,
    /// Where the API is reached, such as `https://api.example.com`; without a slash at the end.
    pub public_url: String,
    /// Where links to people point.
    pub links: Links,
    /// Work beside answers.
    pub aside: aside::Aside,
    /// Where letters are posted; `None` = no mail is sent, links are shown to whoever made them.
    pub mail: Option<Outbox>,
}

impl Services {
    /// A transaction, and the grant as it stands at its begin: whoever lost the permission since the
    /// request was let in is refused, and a scope that changed meanwhile is the one that holds.
    ///
    /// # Errors
    /// As [`access::regrant`].
    pub(crate) async fn begin<A: Action + Default>(
        &self,
        grant: &Grant<A>,
    ) -> Result<(Tx, Grant<A>), Error> {
        let mut tx = self.store.begin().await?;
        let grant = access::regrant(&mut tx, grant).await?;
        Ok((tx, grant))
    }

    /// As [`Services::begin`], for what somebody may do about themselves.
    ///
    /// # Errors
    /// As [`access::renewed`].
    pub(crate) async fn begin_as(&self, actor: &Actor) -> Result<(Tx, Actor), Error> {
        let mut tx = self.store.begin().await?;
        let renewed = access::renewed(&mut tx, actor).await?;
        Ok((tx, renewed.unwrap_or_else(|| actor.clone())))
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Compares `If-Match` with the version that a locked row has.
pub(crate) fn check_version(expected: Option<i64>, present: i64) -> Result<(), Error> {
    match expected {
        Some(expected) if expected != present => Err(Error::PreconditionFailed),
        _ => Ok(()),
    }
}
