//! Changing one's own password.

use evenhand_delivery::mail::LetterKind;
use evenhand_domain::error::{Error, Faults};
use evenhand_domain::origin::Origin;
use evenhand_domain::permission::{Actor, Credential, Subject};
use evenhand_identity::password_rules;
use evenhand_persistence::accounts::{self, Account};
use evenhand_persistence::events::{self, Event, EventActor};
use evenhand_persistence::{password_resets, sessions};
use secrecy::SecretString;
use serde_json::json;

use super::throttle::{self, Attempt};
use super::{ended, tell, write};
use crate::Services;

/// A person's new password.
#[derive(Debug, Clone)]
pub struct ChangePassword {
    /// The one until now.
    pub current: SecretString,
    /// The one from now on.
    pub new: SecretString,
}

/// Changes the password of the account that a person acts for, in all organizations: it ends all
/// sessions of the account but the one that they came with, and all links for a new password.
///
/// # Errors
/// Faults at `/current_password` (`wrong_password`) and `/new_password` (`too_short`, `too_long`,
/// `weak_password`); [`Error::TooManyAttempts`], [`Error::PersonRequired`], unavailability.
pub async fn change(
    services: &Services,
    actor: &Actor,
    origin: &Origin,
    request: &ChangePassword,
) -> Result<(), Error> {
    let (Subject::User { account_id, name, .. }, Credential::Session(own)) =
        (&actor.subject, actor.stamp.credential)
    else {
        return Err(Error::PersonRequired);
    };
    let account = accounts::find(&services.store, *account_id).await?;
    let account = account.ok_or_else(|| Error::internal("a user has no account"))?;
    let mut faults = Faults::default();
    let known = [account.email.given(), name, &actor.organization.name];
    faults.keep("/new_password", password_rules::check(&request.new, &known));
    if !prove(services, actor, origin, &account, &request.current).await? {
        add_wrong_password(&mut faults);
    }
    faults.into_result(())?;
    let new = services.passwords.hash(request.new.clone()).await?;

    let mut tx = services.store.begin().await?;
    let users = accounts::lock(&mut tx, account.id).await?;
    let now = tx.now().await?;
    let proved = account.password_hash.as_deref();
    if !accounts::replace_password(&mut tx, account.id, proved, &new).await? {
        let mut faults = Faults::default();
        add_wrong_password(&mut faults);
        return Err(Error::Invalid(faults));
    }
    password_resets::revoke_all(&mut tx, account.id, now).await?;
    let sessions = sessions::end_all_of_account(&mut tx, account.id, Some(own), now).await?;
    let elsewhere: Vec<_> =
        users.iter().copied().filter(|user| user.0 != actor.organization.id).collect();
    let mut told = tell(&elsewhere, by_themselves, "password.changed", origin, now);
    if let Some(user_id) = actor.user_id() {
        told.push(Event::by(actor, "password.changed", user_id, now, json!({})));
    }
    told.extend(ended(&sessions, "password_changed", now));
    events::append(&mut tx, told).await?;
    if let Some(outbox) = &services.mail {
        outbox.withdraw_links(&mut tx, account.id.uuid()).await?;
    }
    write(services, &mut tx, &account, &users, LetterKind::PasswordChanged { at: now }).await?;
    Ok(tx.commit().await?)
}

fn by_themselves(user_id: evenhand_domain::ids::UserId) -> EventActor {
    EventActor::User(user_id.uuid())
}

fn add_wrong_password(faults: &mut Faults) {
    faults.add("/current_password", "wrong_password", "is not your password");
}

/// Whether it is the account's password; that it is not is told.
async fn prove(
    services: &Services,
    actor: &Actor,
    origin: &Origin,
    account: &Account,
    password: &SecretString,
) -> Result<bool, Error> {
    let stored = account.password_hash.as_deref();
    let attempt = Attempt { email: account.email.key(), password, stored, origin };
    if throttle::prove(services, &attempt).await? {
        return Ok(true);
    }
    if let Some(user_id) = actor.user_id() {
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        let data = json!({ "reason": "wrong_password" });
        let event = Event::by(actor, "password.refused", user_id, now, data);
        events::append(&mut tx, vec![event]).await?;
        tx.commit().await?;
    }
    Ok(false)
}
