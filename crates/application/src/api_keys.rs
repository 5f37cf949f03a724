//! Credentials of integrations.

mod request;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::{Conflict, Error, Faults};
use evenhand_domain::ids::{ApiKeyId, UserId};
use evenhand_domain::permission::{Grant, ManageApiKeys};
use evenhand_identity::api_keys::generate;
use evenhand_persistence::Tx;
use evenhand_persistence::api_keys::{self, ApiKey};
use evenhand_persistence::events::{self, Event};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{Services, check_version};

pub use request::{ApiKeyChange, MAX_GROUPS, MAX_NAME, MAX_SOURCE, NewApiKey};

/// A key with its secret, which is shown this once.
#[derive(Debug, Clone)]
pub struct IssuedApiKey {
    /// The key.
    pub api_key: ApiKey,
    /// What the integration sends as `X-API-Key`.
    pub key: SecretString,
}

/// Makes a key. Only people do: the key belongs to whoever made it, and one that could make
/// others would outlive its own end.
///
/// # Errors
/// [`Error::PersonRequired`]; faults `permission_not_held` at `/scopes/{i}`, `unknown_group` at
/// `/group_ids/{i}`, `must_be_future` at `/expires_at`; [`Error::IdempotencyKeyReused`],
/// unavailability.
pub async fn create(
    services: &Services,
    grant: &Grant<ManageApiKeys>,
    request: &NewApiKey,
    once: Option<&Once<IssuedApiKey>>,
) -> Result<Outcome<IssuedApiKey>, Error> {
    let created_by = grant.user_id().ok_or(Error::PersonRequired)?;
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let now = tx.now().await?;
    check(&tx, grant, request, now).await?;
    let issued = insert(services, &mut tx, grant, request, created_by).await?;
    let scopes: Vec<&str> = request.scopes.iter().map(|scope| scope.as_str()).collect();
    let data = json!({
        "prefix": issued.api_key.prefix, "scopes": scopes, "source": request.source,
        "group_ids": request.group_ids,
        "expires_at": request.expires_at.map(Timestamp::to_rfc3339),
    });
    let details = json!({ "name": request.name });
    tell(&mut tx, grant, "api_key.created", issued.api_key.id, data, details).await?;
    let subject_id = issued.api_key.id.uuid();
    idempotency::finish(&mut tx, organization_id, once, subject_id, &issued).await?;
    tx.commit().await?;
    Ok(Outcome::Done(issued))
}

async fn check(
    tx: &Tx,
    grant: &Grant<ManageApiKeys>,
    request: &NewApiKey,
    now: Timestamp,
) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (index, scope) in request.scopes.iter().enumerate() {
        if !grant.actor().may(*scope) {
            let detail = format!("you do not hold {scope} yourself");
            faults.add(format!("/scopes/{index}"), "permission_not_held", detail);
        }
    }
    let groups = request.group_ids.as_deref().unwrap_or_default();
    let unknown = api_keys::unknown_groups(tx, grant, groups).await?;
    for (index, _) in groups.iter().enumerate().filter(|(_, id)| unknown.contains(id)) {
        faults.add(format!("/group_ids/{index}"), "unknown_group", "no such group");
    }
    check_expiry(request.expires_at, now, &mut faults);
    faults.into_result(())
}

fn check_expiry(expires_at: Option<Timestamp>, now: Timestamp, faults: &mut Faults) {
    if expires_at.is_some_and(|at| at <= now) {
        faults.add("/expires_at", "must_be_future", "lies in the past");
    }
}

async fn insert(
    services: &Services,
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    request: &NewApiKey,
    created_by: UserId,
) -> Result<IssuedApiKey, Error> {
    let now = tx.now().await?;
    let new = generate(services.entropy.as_ref());
    let api_key = ApiKey {
        id: services.ids.next(now),
        name: request.name.clone(),
        prefix: new.prefix,
        scopes: request.scopes.clone(),
        source: request.source.clone(),
        group_ids: request.group_ids.clone(),
        created_by,
        expires_at: request.expires_at,
        revoked_at: None,
        last_used_at: None,
        version: 1,
        created_at: now,
    };
    api_keys::insert(tx, grant, &api_key, &new.hash).await?;
    Ok(IssuedApiKey { api_key, key: new.key })
}

/// Changes a key's name or end. Only whoever holds all that the key may do: a later end hands it
/// on.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], [`Conflict::ApiKeyRevoked`],
/// [`Error::Denied`] with the first permission that is not held, a fault `must_be_future` at
/// `/expires_at`, unavailability.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
    change: ApiKeyChange,
    expected_version: Option<i64>,
) -> Result<ApiKey, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let mut key = lock_live(&mut tx, grant, id, expected_version).await?;
    check_scopes(grant, &key)?;
    let now = tx.now().await?;
    let mut faults = Faults::default();
    check_expiry(change.expires_at.flatten(), now, &mut faults);
    faults.into_result(())?;
    let before = (key.name.clone(), key.expires_at);
    key.name = change.name.unwrap_or(key.name);
    key.expires_at = change.expires_at.unwrap_or(key.expires_at);
    key.version += 1;
    api_keys::update(&mut tx, grant, &key, None).await?;
    let end = |at: Option<Timestamp>| json!({ "expires_at": at.map(Timestamp::to_rfc3339) });
    let data = json!({ "before": end(before.1), "after": end(key.expires_at) });
    let details = json!({ "before": { "name": before.0 }, "after": { "name": key.name } });
    tell(&mut tx, grant, "api_key.changed", key.id, data, details).await?;
    tx.commit().await?;
    Ok(key)
}

/// Ends a key for good, at once and on every replica. One that is revoked already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`], unavailability.
pub async fn revoke(
    services: &Services,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let mut key = lock(&mut tx, grant, id, expected_version).await?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    key.revoked_at = Some(tx.now().await?);
    key.version += 1;
    api_keys::update(&mut tx, grant, &key, None).await?;
    let details = json!({ "name": key.name });
    tell(&mut tx, grant, "api_key.revoked", key.id, json!({}), details).await?;
    Ok(tx.commit().await?)
}

/// Gives a key a new secret; the old one ends at once. Only people do, as with [`create`], and
/// only whoever holds all that the key may do: the new secret hands it to them.
///
/// # Errors
/// [`Error::PersonRequired`], [`Error::NotFound`], [`Error::Denied`] with the first permission
/// that is not held, [`Error::PreconditionFailed`], [`Conflict::ApiKeyRevoked`],
/// [`Error::IdempotencyKeyReused`], unavailability.
pub async fn rotate(
    services: &Services,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
    expected_version: Option<i64>,
    once: Option<&Once<IssuedApiKey>>,
) -> Result<Outcome<IssuedApiKey>, Error> {
    grant.user_id().ok_or(Error::PersonRequired)?;
    let organization_id = grant.organization_id();
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, organization_id, once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let mut api_key = lock_live(&mut tx, grant, id, expected_version).await?;
    check_scopes(grant, &api_key)?;
    let new = generate(services.entropy.as_ref());
    let before = std::mem::replace(&mut api_key.prefix, new.prefix);
    api_key.version += 1;
    api_keys::update(&mut tx, grant, &api_key, Some(&new.hash)).await?;
    let data = json!({
        "before": { "prefix": before }, "after": { "prefix": api_key.prefix },
    });
    let details = json!({ "name": api_key.name });
    tell(&mut tx, grant, "api_key.rotated", api_key.id, data, details).await?;
    let issued = IssuedApiKey { api_key, key: new.key };
    idempotency::finish(&mut tx, organization_id, once, id.uuid(), &issued).await?;
    tx.commit().await?;
    Ok(Outcome::Done(issued))
}

fn check_scopes(grant: &Grant<ManageApiKeys>, key: &ApiKey) -> Result<(), Error> {
    let missing = key.scopes.iter().find(|scope| !grant.actor().may(**scope));
    missing.map_or(Ok(()), |missing| Err(Error::Denied(*missing)))
}

async fn lock(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
    expected_version: Option<i64>,
) -> Result<ApiKey, Error> {
    let key = api_keys::lock(tx, grant, id).await?.ok_or(Error::NotFound("API key"))?;
    check_version(expected_version, key.version)?;
    Ok(key)
}

async fn lock_live(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    id: ApiKeyId,
    expected_version: Option<i64>,
) -> Result<ApiKey, Error> {
    let key = lock(tx, grant, id, expected_version).await?;
    if key.revoked_at.is_some() {
        return Err(Error::Conflict(Conflict::ApiKeyRevoked));
    }
    Ok(key)
}

async fn tell(
    tx: &mut Tx,
    grant: &Grant<ManageApiKeys>,
    kind: &'static str,
    id: ApiKeyId,
    data: Value,
    details: Value,
) -> Result<(), Error> {
    let event = Event::by(grant.actor(), kind, id, tx.now().await?, data).with_details(details);
    Ok(events::append(tx, vec![event]).await?)
}

#[cfg(test)]
#[path = "api_keys/tests.rs"]
mod tests;
