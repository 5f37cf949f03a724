//! Signing in and out.

mod refresh;

use std::time::Duration;

use evenhand_domain::contact::Email;
use evenhand_domain::error::{Conflict, Error, Unauthenticated};
use evenhand_domain::ids::{AccountId, OrganizationId, UserId};
use evenhand_domain::organization::Organization;
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::Credential;
use evenhand_domain::user::User;
use evenhand_identity::sessions::{self, Renewed};
use evenhand_identity::tokens::{self, Bearer};
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::users::Membership;
use evenhand_persistence::{Tx, accounts, events, organizations, users};
use secrecy::SecretString;
use serde_json::json;

use crate::Services;
use crate::account::throttle::{self, Attempt};

pub use refresh::{logout, refresh};

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
/// [`Unauthenticated::WrongPassword`], [`Conflict::OrganizationRequired`],
/// [`Error::TooManyAttempts`], unavailability.
pub async fn login(
    services: &Services,
    request: SignIn,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let wrong = || Error::Unauthenticated(Unauthenticated::WrongPassword);
    let email = Email::parse(&request.email).ok();
    let account = match &email {
        Some(email) => accounts::find_for_sign_in(&services.store, email).await?,
        None => None,
    };
    let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
    let attempt = Attempt {
        email: email.as_ref().map_or(request.email.as_str(), Email::key),
        password: &request.password,
        stored,
        origin,
    };
    let proved = throttle::prove(services, &attempt).await?;
    let Some(account) = account else { return Err(wrong()) };
    let Some(stored) = account.password_hash.as_deref().filter(|_| proved) else {
        refused(services, account.id, account.email.key(), request.organization_id, origin);
        return Err(wrong());
    };
    let memberships = users::memberships_for_sign_in(&services.store, account.id).await?;
    let membership = choose(memberships, request.organization_id)?;
    let mut tx = services.store.begin().await?;
    if !accounts::hold_password(&mut tx, account.id, stored).await? {
        return Err(wrong());
    }
    let (organization_id, user_id) = (membership.organization.id, membership.user_id);
    let signed_in = start_session(services, &mut tx, organization_id, user_id, origin).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Tells the organizations that an account belongs to of a failed sign-in. Beside the answer, so
/// that how long that takes does not tell whether there is an account.
///
/// Where it was meant for one of them, only that one is told; where several are told, none learns
/// the address: it may have been none of its business.
fn refused(
    services: &Services,
    account_id: AccountId,
    email: &str,
    meant: Option<OrganizationId>,
    origin: &Origin,
) {
    let (own, email, address) = (services.clone(), email.to_owned(), origin.address);
    services.aside.run("the record of a failed sign-in", async move {
        let told = async {
            let mut memberships = users::memberships_for_sign_in(&own.store, account_id).await?;
            memberships.retain(|of| meant.is_none_or(|meant| of.organization.id == meant));
            let address = address.filter(|_| memberships.len() == 1);
            let mut tx = own.store.begin().await?;
            let now = tx.now().await?;
            let told = memberships.into_iter().map(|membership| {
                let organization_id = membership.organization.id;
                let (by, data) = (EventActor::Service, json!({ "reason": "wrong_password" }));
                let kind = "session.refused";
                let subject_id = membership.user_id;
                Event::without_credential(organization_id, by, kind, subject_id, now, data)
                    .with_details(json!({ "email": &email }))
                    .from_address(address)
            });
            events::append(&mut tx, told.collect()).await?;
            tx.commit().await
        };
        if let Err(error) = told.await {
            tracing::warn!(error = ?error, "a failed sign-in was not recorded");
        }
    });
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

/// Starts a session for a user who has proved who they are; whether they are active is read here,
/// in the same transaction.
pub(crate) async fn start_session(
    services: &Services,
    tx: &mut Tx,
    organization_id: OrganizationId,
    user_id: UserId,
    origin: &Origin,
) -> Result<SignedIn, Error> {
    let wrong = || Error::Unauthenticated(Unauthenticated::WrongPassword);
    if !evenhand_persistence::sessions::hold_active_user(tx, organization_id, user_id).await? {
        return Err(wrong());
    }
    let now = tx.now().await?;
    let entropy = services.entropy.as_ref();
    let who = (organization_id, user_id);
    let renewed = sessions::start(tx, &services.ids, entropy, who, origin, now).await?;
    let (session_id, by) = (renewed.session.id, EventActor::User(user_id.uuid()));
    let event = Event {
        organization_id,
        kind: "session.started",
        subject_id: session_id.uuid(),
        by,
        credential: Some(Credential::Session(session_id)),
        at: now,
        data: json!({}),
        details: None,
        address: origin.address,
    };
    events::append(tx, vec![event]).await?;
    let signed_in = present(services, tx, renewed).await?;
    signed_in.ok_or_else(wrong)
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
