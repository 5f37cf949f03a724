//! A new password by mail, for who forgot theirs.

use std::time::Duration;

use evenhand_delivery::mail::LetterKind;
use evenhand_domain::contact::Email;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::origin::Origin;
use evenhand_identity::{password_resets as tokens, password_rules};
use evenhand_persistence::accounts::{self, Account};
use evenhand_persistence::events::{self, EventActor};
use evenhand_persistence::{password_resets, sessions, users};
use secrecy::SecretString;

use super::throttle::{self, Counter};
use super::{ended, tell, write};
use crate::Services;

/// An account gets at most so many links within [`COUNTED_FOR`].
const MOST: i64 = 3;

/// As long as a link is good for: whoever is refused another has one that works in their mailbox.
const COUNTED_FOR: Duration = Duration::from_secs(30 * 60);

/// Asks for a link to set a new password. Whether the address has an account is looked up only
/// after the answer, so that neither what it says nor how long it takes can tell.
///
/// # Errors
/// [`Error::TooManyAttempts`] when a network asks too often; unavailability.
pub async fn request(services: &Services, email: Email, origin: &Origin) -> Result<(), Error> {
    throttle::count_request(services, origin).await?;
    let (own, origin) = (services.clone(), origin.clone());
    services.aside.run("a link for a new password", async move {
        match send_link(&own, &email, &origin).await {
            Ok(sent) => tracing::debug!(sent, "a link for a new password was asked for"),
            Err(error) => tracing::warn!(error = ?error, "no link for a new password was sent"),
        }
    });
    Ok(())
}

/// Sends a link to an account that can sign in; an older link dies. Whether it did.
async fn send_link(services: &Services, email: &Email, origin: &Origin) -> Result<bool, Error> {
    if services.mail.is_none() {
        tracing::warn!("somebody asked for a new password, and no mail is configured to send it");
        return Ok(false);
    }
    let account = accounts::find_for_sign_in(&services.store, email).await?;
    let Some(account) = account.filter(|account| account.password_hash.is_some()) else {
        return Ok(false);
    };
    let mut tx = services.store.begin().await?;
    let users = accounts::lock(&mut tx, account.id).await?;
    let now = tx.now().await?;
    let earlier = password_resets::count_since(&tx, account.id, now.before(COUNTED_FOR)).await?;
    if users.is_empty() || earlier >= MOST {
        return Ok(false);
    }
    let (token, hash) = tokens::generate(services.entropy.as_ref());
    let expires_at = now.after(tokens::VALID_FOR);
    password_resets::revoke_all(&mut tx, account.id, now).await?;
    password_resets::insert(&mut tx, &hash, account.id, (now, expires_at)).await?;
    // By whom, nobody knows: it takes no more than the address.
    let told = tell(&users, |_| EventActor::Service, "password.reset_requested", origin, now);
    events::append(&mut tx, told).await?;
    let url = services.links.password_reset(&token);
    write(services, &mut tx, &account, &users, LetterKind::PasswordReset { url, expires_at })
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Sets a new password by the token of a link. It ends all sessions of the account in all
/// organizations and all other links, forgets failed sign-ins, and proves the address.
///
/// # Errors
/// Faults at `/token` (`invalid_reset_token`) and `/new_password` (`too_short`, `too_long`,
/// `weak_password`); unavailability.
pub async fn reset(
    services: &Services,
    token: &SecretString,
    new: &SecretString,
    origin: &Origin,
) -> Result<(), Error> {
    let found = find(services, token).await?;
    let mut faults = Faults::default();
    if found.is_none() {
        faults.append(invalid_token());
    }
    let known = known(services, found.as_ref().map(|found| &found.1)).await?;
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    faults.keep("/new_password", password_rules::check(new, &known));
    faults.into_result(())?;
    let Some((hash, account)) = found else { return Err(Error::Invalid(invalid_token())) };
    let new = services.passwords.hash(new.clone()).await?;

    let mut tx = services.store.begin().await?;
    let users = accounts::lock(&mut tx, account.id).await?;
    let now = tx.now().await?;
    let is_mine = password_resets::claim(&mut tx, &hash, now).await?;
    if !is_mine || !accounts::replace_password(&mut tx, account.id, None, &new).await? {
        return Err(Error::Invalid(invalid_token()));
    }
    accounts::verify_email(&mut tx, account.id, now).await?;
    password_resets::revoke_all(&mut tx, account.id, now).await?;
    let sessions = sessions::end_all_of_account(&mut tx, account.id, None, now).await?;
    throttle::lift(&mut tx, &Counter::of(account.email.key(), origin)).await?;
    let by = |user_id: evenhand_domain::ids::UserId| EventActor::User(user_id.uuid());
    let mut told = tell(&users, by, "password.reset", origin, now);
    told.extend(ended(&sessions, "password_reset", now));
    events::append(&mut tx, told).await?;
    if let Some(outbox) = &services.mail {
        outbox.withdraw_links(&mut tx, account.id.uuid()).await?;
    }
    write(services, &mut tx, &account, &users, LetterKind::PasswordChanged { at: now }).await?;
    Ok(tx.commit().await?)
}

fn invalid_token() -> Faults {
    let mut faults = Faults::default();
    faults.add("/token", "invalid_reset_token", "unknown, used or expired: ask for another link");
    faults
}

/// The account that a token is good for, with the token's hash.
async fn find(
    services: &Services,
    token: &SecretString,
) -> Result<Option<([u8; 32], Account)>, Error> {
    let Some(hash) = tokens::parse(token) else { return Ok(None) };
    let now = services.clock.now();
    let Some(id) = password_resets::find_open(&services.store, &hash, now).await? else {
        return Ok(None);
    };
    Ok(accounts::find(&services.store, id).await?.map(|account| (hash, account)))
}

/// What a guesser knows of the person.
async fn known(services: &Services, account: Option<&Account>) -> Result<Vec<String>, Error> {
    let Some(account) = account else { return Ok(Vec::new()) };
    let mut known = vec![account.email.given().to_owned()];
    for membership in users::memberships_for_sign_in(&services.store, account.id).await? {
        let organization_id = membership.organization.id;
        known.push(membership.organization.name);
        let user_id = membership.user_id;
        let user =
            users::find_active_for_sign_in(&services.store, organization_id, user_id).await?;
        if let Some(user) = user {
            known.extend([Some(user.first_name), user.last_name].into_iter().flatten());
        }
    }
    Ok(known)
}
