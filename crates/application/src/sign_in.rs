//! Signing in and out.

use std::time::Duration;

use evenhand_domain::contact::Email;
use evenhand_domain::error::{Conflict, Error, Unauthenticated};
use evenhand_domain::ids::{OrganizationId, SessionId, UserId};
use evenhand_domain::organization::Organization;
use evenhand_domain::permission::Actor;
use evenhand_domain::user::User;
use evenhand_identity::sessions::{self, Refreshed, Renewed};
use evenhand_identity::tokens::{self, Bearer};
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::users::Membership;
use evenhand_persistence::{Tx, accounts, events, organizations, users};
use secrecy::SecretString;
use serde_json::json;

use crate::Services;

/// What a person signs in with.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: SecretString,
    /// Where to, for those who belong to several organizations.
    pub organization_id: Option<OrganizationId>,
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For `Authorization: Bearer`.
    pub access_token: SecretString,
    /// How long the access token is good for.
    pub expires_in: Duration,
    /// Gets the next access token, once.
    pub refresh_token: SecretString,
    /// Who.
    pub user: User,
    /// Where.
    pub organization: Organization,
}

/// Signs a person in. An unknown address, a wrong password and a membership that is not active
/// give the same error at the same cost; which organizations there are is told only to whoever
/// has proved the password.
///
/// # Errors
/// [`Unauthenticated::WrongPassword`], [`Conflict::OrganizationRequired`], unavailability.
pub async fn login(services: &Services, request: SignIn) -> Result<SignedIn, Error> {
    let account = match Email::parse(&request.email) {
        Ok(email) => accounts::find_for_sign_in(&services.store, &email).await?,
        Err(_) => None,
    };
    let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let proved = services.passwords.verify(request.password, stored).await?;
    let Some(account) = account.filter(|_| proved) else {
        return Err(Error::Unauthenticated(Unauthenticated::WrongPassword));
    };
    let memberships = users::memberships_for_sign_in(&services.store, account.id).await?;
    let membership = choose(memberships, request.organization_id)?;
    let mut tx = services.store.begin().await?;
    let signed_in =
        start_session(services, &mut tx, membership.organization.id, membership.user_id).await?;
    tx.commit().await?;
    Ok(signed_in)
}

fn choose(
    mut memberships: Vec<Membership>,
    wanted: Option<OrganizationId>,
) -> Result<Membership, Error> {
    if let Some(wanted) = wanted {
        memberships.retain(|membership| membership.organization.id == wanted);
    }
    if memberships.len() > 1 {
        let choices = memberships.into_iter().map(|membership| membership.organization).collect();
        return Err(Error::Conflict(Conflict::OrganizationRequired(choices)));
    }
    memberships.pop().ok_or(Error::Unauthenticated(Unauthenticated::WrongPassword))
}

/// Exchanges a refresh token for an access token and the next refresh token. One that was spent
/// before, and longer ago than a lost answer explains, ends its session.
///
/// # Errors
/// [`Unauthenticated::InvalidRefreshToken`], unavailability.
pub async fn refresh(services: &Services, token: &SecretString) -> Result<SignedIn, Error> {
    let invalid = || Error::Unauthenticated(Unauthenticated::InvalidRefreshToken);
    let mut tx = services.store.begin().await?;
    match sessions::refresh(&mut tx, services.entropy.as_ref(), token).await? {
        Refreshed::Renewed(renewed) => {
            let signed_in = present(services, &mut tx, renewed).await?.ok_or_else(invalid)?;
            tx.commit().await?;
            Ok(signed_in)
        }
        Refreshed::Reused(session) => {
            tracing::warn!(session_id = %session.id, "a spent refresh token came back: session ended");
            let organization_id = session.organization_id;
            ended(
                &mut tx,
                organization_id,
                session.id,
                EventActor::Service,
                "refresh_token_reused",
            )
            .await?;
            tx.commit().await?;
            Err(invalid())
        }
        Refreshed::Invalid => Err(invalid()),
    }
}

/// Ends the session that the caller came with, at once and on every replica.
///
/// # Errors
/// [`Error::PersonRequired`] for an API key, unavailability.
pub async fn logout(services: &Services, actor: &Actor) -> Result<(), Error> {
    let Some(user_id) = actor.user_id() else { return Err(Error::PersonRequired) };
    let mut tx = services.store.begin().await?;
    let now = tx.now().await?;
    let session_id = evenhand_persistence::sessions::end_own(&mut tx, actor, now).await?;
    let session_id = session_id.ok_or(Error::PersonRequired)?;
    let by = EventActor::User(user_id.uuid());
    ended(&mut tx, actor.organization.id, session_id, by, "logout").await?;
    Ok(tx.commit().await?)
}

/// Starts a session for a user who has proved who they are; whether they are active is read here,
/// in the same transaction.
pub(crate) async fn start_session(
    services: &Services,
    tx: &mut Tx,
    organization_id: OrganizationId,
    user_id: UserId,
) -> Result<SignedIn, Error> {
    let now = tx.now().await?;
    let entropy = services.entropy.as_ref();
    let who = (organization_id, user_id);
    let renewed = sessions::start(tx, &services.ids, entropy, who, now).await?;
    let (session_id, by) = (renewed.session.id, EventActor::User(user_id.uuid()));
    let event = Event::without_credential(
        organization_id,
        by,
        "session.started",
        session_id,
        now,
        json!({}),
    );
    events::append(tx, vec![event]).await?;
    let signed_in = present(services, tx, renewed).await?;
    signed_in.ok_or(Error::Unauthenticated(Unauthenticated::WrongPassword))
}

/// The answer to a sign-in or a refresh; `None` when the user is not active.
async fn present(
    services: &Services,
    tx: &mut Tx,
    renewed: Renewed,
) -> Result<Option<SignedIn>, Error> {
    let session = renewed.session;
    let organization_id = session.organization_id;
    let user = users::find_active_for_sign_in(tx, organization_id, session.user_id).await?;
    let organization = organizations::find_for_sign_in(tx, organization_id).await?;
    let (Some(user), Some(organization)) = (user, organization) else { return Ok(None) };
    let now = tx.now().await?;
    let bearer =
        Bearer { user_id: user.id, organization_id, session_id: session.id, role: user.role };
    let access_token = services.tokens.issue(&bearer, now, services.ids.next(now))?;
    Ok(Some(SignedIn {
        access_token,
        expires_in: tokens::VALID_FOR,
        refresh_token: renewed.refresh_token,
        user,
        organization,
    }))
}

async fn ended(
    tx: &mut Tx,
    organization_id: OrganizationId,
    session_id: SessionId,
    by: EventActor,
    reason: &'static str,
) -> Result<(), Error> {
    let (now, data) = (tx.now().await?, json!({ "reason": reason }));
    let event =
        Event::without_credential(organization_id, by, "session.ended", session_id, now, data);
    Ok(events::append(tx, vec![event]).await?)
}
