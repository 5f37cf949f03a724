//! A grant: the proof that somebody may do something, with the scope in which they may.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::ids::{OrganizationId, UserId};
use crate::organization::Organization;
use crate::permission::policy::Action;
use crate::permission::{Actor, Permission, Stamp, Subject};

/// Proof that an actor may do `A`, with the organization and the scope that go into the SQL.
pub struct Grant<A: Action> {
    actor: Arc<Actor>,
    scope: A::Scope,
    action: PhantomData<A>,
}

impl<A: Action> Grant<A> {
    /// The organization all of this is confined to.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        &self.actor.organization
    }

    /// The organization's id.
    #[must_use]
    pub fn organization_id(&self) -> OrganizationId {
        self.actor.organization.id
    }

    /// What of it the actor may touch.
    #[must_use]
    pub const fn scope(&self) -> &A::Scope {
        &self.scope
    }

    /// Who acts.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.actor.subject
    }

    /// The user who acts; `None` for an integration.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        self.actor.user_id()
    }

    /// The whole actor, e.g. to bound what they may hand on.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What else the same actor may do.
    ///
    /// # Errors
    /// [`Denied`] names the permission that is missing.
    pub fn also<B: Action>(&self, action: B) -> Result<Grant<B>, Denied> {
        authorize(&self.actor, action)
    }

    /// The same for a transaction that confirms the actor once more.
    ///
    /// # Errors
    /// [`Denied`] names the permission that is missing.
    pub fn also_unconfirmed<B: Action>(&self, action: B) -> Result<Unconfirmed<B>, Denied> {
        authorize_unconfirmed(&self.actor, action)
    }

    /// What the actor was read at.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.actor.stamp
    }
}

impl<A: Action> Clone for Grant<A> {
    fn clone(&self) -> Self {
        Self { actor: Arc::clone(&self.actor), scope: self.scope.clone(), action: PhantomData }
    }
}

impl<A: Action> fmt::Debug for Grant<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("permission", &A::PERMISSION)
            .field("organization_id", &self.organization_id())
            .field("scope", &self.scope)
            .finish()
    }
}

/// The actor lacks a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the permission {0} is missing")]
pub struct Denied(pub Permission);

impl From<Denied> for crate::error::Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied.0)
    }
}

/// The only maker of a [`Grant`]. The actor must have been read from the database for this very
/// request.
///
/// # Errors
/// [`Denied`] names the permission that is missing.
pub fn authorize<A: Action>(actor: &Arc<Actor>, _action: A) -> Result<Grant<A>, Denied> {
    if !actor.may(A::PERMISSION) && !A::OR.iter().any(|other| actor.may(*other)) {
        return Err(Denied(A::PERMISSION));
    }
    Ok(Grant { actor: Arc::clone(actor), scope: A::scope(actor), action: PhantomData })
}

/// A grant made from a cached actor: worth nothing until the transaction that acts on it has
/// compared the actor's stamp with the rows it read itself.
pub struct Unconfirmed<A: Action>(Grant<A>);

impl<A: Action> Unconfirmed<A> {
    /// What has to be confirmed.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.0.stamp()
    }

    /// The organization as cached, enough to read a request body by; its version is part of the
    /// stamp.
    #[must_use]
    pub fn organization(&self) -> &Organization {
        self.0.organization()
    }

    /// The scope as cached.
    #[must_use]
    pub const fn scope(&self) -> &A::Scope {
        self.0.scope()
    }

    /// The whole actor as cached, for the answer that is given once the grant is confirmed.
    #[must_use]
    pub const fn actor(&self) -> &Arc<Actor> {
        &self.0.actor
    }

    /// Who acts, as cached.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.0.subject()
    }

    /// The grant, when `current` (read in the acting transaction) equals what it was made from.
    #[must_use]
    pub fn confirm(&self, current: &Stamp) -> Option<Grant<A>> {
        (self.0.stamp() == *current).then(|| self.0.clone())
    }
}

impl<A: Action> Clone for Unconfirmed<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Action> fmt::Debug for Unconfirmed<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unconfirmed").field(&self.0).finish()
    }
}

/// As [`authorize`], for an actor that may come from a cache.
///
/// # Errors
/// [`Denied`] names the permission that is missing, by the cache: the caller confirms a denial by
/// a fresh read before it answers.
pub fn authorize_unconfirmed<A: Action>(
    actor: &Arc<Actor>,
    action: A,
) -> Result<Unconfirmed<A>, Denied> {
    authorize(actor, action).map(Unconfirmed)
}
