//! Accepting an invitation.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Faults, Unauthenticated};
use evenhand_domain::text::line;
use evenhand_identity::{invitations as tokens, password_rules};
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::invitations::{self, Invitation};
use evenhand_persistence::{Read, accounts, events, users};
use secrecy::SecretString;
use serde_json::json;

use super::MAX_NAME;
use crate::Services;
use crate::sign_in::{SignedIn, start_session};

/// What the invited person says.
#[derive(Debug, Clone)]
pub struct Accept {
    /// A new account's password from now on; an existing account's as it is.
    pub password: SecretString,
    /// Their first name, instead of what the inviter wrote.
    pub first_name: Option<String>,
    /// Their last name, instead of what the inviter wrote.
    pub last_name: Option<String>,
}

impl Accept {
    /// Reads the texts of a request and notes every fault. What is said of the password depends
    /// on whether there is an account, so [`accept`] says it.
    pub fn parse(
        password: SecretString,
        first_name: Option<&str>,
        last_name: Option<&str>,
        faults: &mut Faults,
    ) -> Option<Self> {
        let first_name = line(first_name.unwrap_or_default(), MAX_NAME);
        let first_name = faults.keep("/first_name", first_name);
        let last_name = faults.keep("/last_name", line(last_name.unwrap_or_default(), MAX_NAME));
        Some(Self { password, first_name: first_name?, last_name: last_name? })
    }
}

/// The invitation that a token is for, while it can be accepted.
///
/// # Errors
/// [`Error::NotFound`], [`Conflict::InvitationUsed`], [`Conflict::InvitationRevoked`],
/// [`Conflict::InvitationExpired`], unavailability.
pub async fn find_invitation(
    services: &Services,
    token: &SecretString,
) -> Result<Invitation, Error> {
    let hash = tokens::parse(token).ok_or(NOT_FOUND)?;
    find_open(&services.store, &hash, services.clock.now()).await
}

const NOT_FOUND: Error = Error::NotFound("invitation");

/// Makes the invited user active and signs them in. Of several who accept at once one does.
///
/// # Errors
/// As [`find_invitation`]; faults at `/password` (`too_short`, `too_long`, `weak_password`) for a
/// new account, [`Unauthenticated::WrongPassword`] for an existing one.
pub async fn accept(
    services: &Services,
    token: &SecretString,
    request: &Accept,
) -> Result<SignedIn, Error> {
    let hash = tokens::parse(token).ok_or(NOT_FOUND)?;
    // The second round is for an account that got its password by another invitation in between.
    for _ in 0..2 {
        let invitation = find_open(&services.store, &hash, services.clock.now()).await?;
        let new_password = prove_or_hash(services, &invitation, request).await?;
        let joined = join(services, &hash, &invitation, request, new_password).await?;
        if let Some(signed_in) = joined {
            return Ok(signed_in);
        }
    }
    Err(Error::Unauthenticated(Unauthenticated::WrongPassword))
}

async fn find_open(db: &impl Read, hash: &[u8; 32], now: Timestamp) -> Result<Invitation, Error> {
    let invitation = invitations::find_by_token(db, hash).await?.ok_or(NOT_FOUND)?;
    if invitation.used_at.is_some() {
        return Err(Error::Conflict(Conflict::InvitationUsed));
    }
    if invitation.revoked_at.is_some() {
        return Err(Error::Conflict(Conflict::InvitationRevoked));
    }
    if invitation.expires_at <= now {
        return Err(Error::Conflict(Conflict::InvitationExpired));
    }
    Ok(invitation)
}

/// The hash of a new account's password; `None` when the account exists and the password is its.
/// Before the transaction: nobody waits for a hash.
async fn prove_or_hash(
    services: &Services,
    invitation: &Invitation,
    request: &Accept,
) -> Result<Option<String>, Error> {
    let password = request.password.clone();
    if let Some(stored) = &invitation.password_hash {
        return if services.passwords.verify(password, Some(stored)).await? {
            Ok(None)
        } else {
            Err(Error::Unauthenticated(Unauthenticated::WrongPassword))
        };
    }
    let first_name = request.first_name.as_ref().unwrap_or(&invitation.first_name);
    let last_name = request.last_name.as_ref().or(invitation.last_name.as_ref());
    let last_name = last_name.map_or("", String::as_str);
    let known = [&invitation.email, first_name, last_name, &invitation.organization.name];
    password_rules::check(&password, &known)
        .map_err(|(code, detail)| Error::invalid("/password", code, detail))?;
    services.passwords.hash(password).await.map(Some)
}

/// `None` when the account has got a password since, which then has to be proved.
async fn join(
    services: &Services,
    hash: &[u8; 32],
    invitation: &Invitation,
    request: &Accept,
    new_password: Option<String>,
) -> Result<Option<SignedIn>, Error> {
    let organization_id = invitation.organization.id;
    let user_id = invitation.user_id;
    let mut tx = services.store.begin().await?;
    // The user first, as in `resend`.
    users::lock_at_accept(&mut tx, organization_id, user_id).await?;
    let now = tx.now().await?;
    if !invitations::claim(&mut tx, hash, now).await? {
        find_open(&tx, hash, now).await?;
        return Err(Error::internal("an open invitation could not be used"));
    }
    if let Some(new_password) = new_password
        && !accounts::set_first_password(&mut tx, invitation.account_id, &new_password).await?
    {
        return Ok(None);
    }
    let first_name = request.first_name.as_deref();
    let last_name = request.last_name.as_deref();
    if !users::activate(&mut tx, organization_id, user_id, first_name, last_name, now).await? {
        return Err(Error::Conflict(Conflict::InvitationRevoked));
    }
    let by = EventActor::User(user_id.uuid());
    let data = json!({ "invitation_id": invitation.id });
    let event =
        Event::without_credential(organization_id, by, "user.activated", user_id, now, data);
    events::append(&mut tx, vec![event]).await?;
    let signed_in = start_session(services, &mut tx, organization_id, user_id).await?;
    tx.commit().await?;
    Ok(Some(signed_in))
}
