//! The beginning: an organization and its owner.

use evenhand_domain::calendar::Zone;
use evenhand_domain::clock::Timestamp;
use evenhand_domain::contact::Email;
use evenhand_domain::error::{Error, Faults, Unauthenticated};
use evenhand_domain::ids::AccountId;
use evenhand_domain::organization::{Country, Currency, Organization, first_statuses};
use evenhand_domain::text::{line, required_line};
use evenhand_domain::user::{Role, User, UserStatus};
use evenhand_identity::password_rules;
use evenhand_persistence::events::{Event, EventActor};
use evenhand_persistence::users::NewUser;
use evenhand_persistence::{Tx, accounts, events, organizations, users};
use secrecy::SecretString;
use serde_json::json;

use crate::Services;
use crate::people::MAX_NAME;

/// What an organization starts with.
#[derive(Debug, Clone)]
pub struct SetUp {
    /// Its name.
    pub name: String,
    /// Where its days begin.
    pub zone: Zone,
    /// The country of phone numbers written without one.
    pub country: Country,
    /// The currency of its reports.
    pub currency: Currency,
    /// The owner's address.
    pub email: Email,
    /// The owner's first name.
    pub first_name: String,
    /// The owner's last name.
    pub last_name: Option<String>,
    /// The owner's password: the account's, where the address has one.
    pub password: SecretString,
}

/// The texts that a [`SetUp`] is read from.
#[derive(Debug, Clone)]
pub struct SetUpTexts<'a> {
    /// At `/name`.
    pub name: &'a str,
    /// At `/time_zone`.
    pub time_zone: &'a str,
    /// At `/country`.
    pub country: &'a str,
    /// At `/currency`.
    pub currency: &'a str,
    /// At `/email`.
    pub email: &'a str,
    /// At `/first_name`.
    pub first_name: &'a str,
    /// At `/last_name`.
    pub last_name: Option<&'a str>,
}

impl SetUp {
    /// Reads all texts and notes every fault. What is said of the password depends on whether the
    /// address has an account, so [`set_up`] says it.
    pub fn parse(
        texts: &SetUpTexts<'_>,
        password: SecretString,
        faults: &mut Faults,
    ) -> Option<Self> {
        let zone = texts.time_zone.parse();
        let zone = zone.map_err(|_| ("invalid_time_zone", "not an IANA time zone".to_owned()));
        let name = faults.keep("/name", required_line(texts.name, MAX_NAME));
        let zone = faults.keep("/time_zone", zone);
        let country = faults.keep("/country", Country::parse(texts.country));
        let currency = faults.keep("/currency", Currency::parse(texts.currency));
        let email = faults.keep("/email", Email::parse(texts.email));
        let first_name = faults.keep("/first_name", required_line(texts.first_name, MAX_NAME));
        let last_name = line(texts.last_name.unwrap_or_default(), MAX_NAME);
        let last_name = faults.keep("/last_name", last_name);
        Some(Self {
            name: name?,
            zone: zone?,
            country: country?,
            currency: currency?,
            email: email?,
            first_name: first_name?,
            last_name: last_name?,
            password,
        })
    }
}

/// An organization and its owner.
#[derive(Debug, Clone)]
pub struct Founded {
    /// The organization.
    pub organization: Organization,
    /// Its owner.
    pub owner: User,
}

/// Makes an organization and its owner. An address that has an account joins with it, by its
/// password.
///
/// # Errors
/// Faults at `/password` (`too_short`, `too_long`, `weak_password`),
/// [`Unauthenticated::WrongPassword`] for an existing account, unavailability.
pub async fn set_up(services: &Services, request: SetUp) -> Result<Founded, Error> {
    // The second round is for an account that got its password in between.
    for _ in 0..2 {
        let new_password = prove_or_hash(services, &request).await?;
        let mut tx = services.store.begin().await?;
        let now = tx.now().await?;
        let new_id = services.ids.next(now);
        let account_id = accounts::find_or_insert(&mut tx, &request.email, new_id, now).await?;
        if let Some(hash) = new_password {
            if !accounts::set_first_password(&mut tx, account_id, &hash).await? {
                continue;
            }
            // Whoever runs the server says whose address it is.
            accounts::verify_email(&mut tx, account_id, now).await?;
        }
        let founded = found(services, &mut tx, &request, account_id, now).await?;
        tx.commit().await?;
        return Ok(founded);
    }
    Err(Error::Unauthenticated(Unauthenticated::WrongPassword))
}

/// The hash of a new account's password; `None` when the account exists and the password is its.
async fn prove_or_hash(services: &Services, request: &SetUp) -> Result<Option<String>, Error> {
    let account = accounts::find_for_sign_in(&services.store, &request.email).await?;
    let password = request.password.clone();
    if let Some(stored) = account.and_then(|account| account.password_hash) {
        return if services.passwords.verify(password, Some(&stored)).await? {
            Ok(None)
        } else {
            Err(Error::Unauthenticated(Unauthenticated::WrongPassword))
        };
    }
    let last_name = request.last_name.as_deref().unwrap_or_default();
    let known = [request.email.given(), &request.first_name, last_name, &request.name];
    password_rules::check(&password, &known)
        .map_err(|(code, detail)| Error::invalid("/password", code, detail))?;
    services.passwords.hash(password).await.map(Some)
}

async fn found(
    services: &Services,
    tx: &mut Tx,
    request: &SetUp,
    account_id: AccountId,
    now: Timestamp,
) -> Result<Founded, Error> {
    let organization = Organization {
        id: services.ids.next(now),
        name: request.name.clone(),
        zone: request.zone.clone(),
        country: request.country.clone(),
        currency: request.currency.clone(),
        lead_statuses: first_statuses(),
        duplicates: evenhand_domain::duplicate::DuplicateSettings::default(),
        auto_assign_creator: false,
        allow_multiple_assignees: false,
        settings_version: 1,
    };
    organizations::insert_at_set_up(tx, &organization, now).await?;
    let owner = NewUser {
        organization_id: organization.id,
        id: services.ids.next(now),
        account_id,
        role: Role::Owner,
        status: UserStatus::Active,
        first_name: request.first_name.clone(),
        last_name: request.last_name.clone(),
        partner: false,
        created_at: now,
    };
    let owner_id = owner.id;
    users::insert(tx, owner).await?;
    let event = |kind, subject_id: uuid::Uuid, data| {
        let by = EventActor::Service;
        Event::without_credential(organization.id, by, kind, subject_id, now, data)
    };
    let created = json!({
        "time_zone": organization.zone.name(),
        "country": organization.country.code(),
        "currency": organization.currency.code(),
    });
    let joined = json!({ "role": Role::Owner.as_str() });
    let appended = vec![
        event("organization.created", organization.id.uuid(), created),
        event("user.created", owner_id.uuid(), joined),
    ];
    events::append(tx, appended).await?;
    let owner = users::find_active_for_sign_in(tx, organization.id, owner_id).await?;
    let owner = owner.ok_or_else(|| Error::internal("the owner was not stored"))?;
    Ok(Founded { organization, owner })
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
