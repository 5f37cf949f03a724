//! One account, several organizations.

use evenhand_domain::error::{Error, OrganizationChoice, Unauthenticated};
use evenhand_domain::ids::OrganizationId;
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{Actor, Credential, Subject};
use evenhand_persistence::{accounts, users};

use crate::Services;
use crate::sign_in::{SignedIn, start_session};

/// Where the account of the person who acts is an active user, by the organizations' names.
///
/// # Errors
/// [`Error::PersonRequired`], unavailability.
pub async fn organizations_of(
    services: &Services,
    actor: &Actor,
) -> Result<Vec<OrganizationChoice>, Error> {
    let Subject::User { account_id, .. } = &actor.subject else {
        return Err(Error::PersonRequired);
    };
    let memberships = users::memberships_for_sign_in(&services.store, *account_id).await?;
    Ok(memberships.into_iter().map(|membership| membership.organization).collect())
}

/// Starts a session in another organization of the same account; the one the actor came with stays.
///
/// # Errors
/// [`Error::NotFound`] where the account is no active user, [`Unauthenticated::Invalid`] when the
/// actor's session ended meanwhile, [`Error::PersonRequired`], unavailability.
pub async fn switch(
    services: &Services,
    actor: &Actor,
    to: OrganizationId,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let (Subject::User { account_id, .. }, Credential::Session(own)) =
        (&actor.subject, actor.stamp.credential)
    else {
        return Err(Error::PersonRequired);
    };
    let memberships = users::memberships_for_sign_in(&services.store, *account_id).await?;
    let membership = memberships.into_iter().find(|membership| membership.organization.id == to);
    let membership = membership.ok_or(Error::NotFound("organization"))?;
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    if !accounts::hold_session(&mut tx, *account_id, own, now).await? {
        return Err(Error::Unauthenticated(Unauthenticated::Invalid));
    }
    let signed_in = start_session(services, &mut tx, to, membership.user_id, origin).await?;
    tx.commit().await?;
    Ok(signed_in)
}
