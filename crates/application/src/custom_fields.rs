//! Custom fields. They are settings of the organization and share their version.

use evenhand_domain::error::{Conflict, Error};
use evenhand_domain::permission::{Grant, ManageRouting};
use evenhand_domain::routing::{CustomField, CustomFieldChange, RuleName, bounds};
use evenhand_persistence::idempotency::{self, Once, Outcome};
use evenhand_persistence::routing;
use serde_json::json;

use crate::routing::{locked, of_all, save};
use crate::{Services, check_version};

/// A field with the version of the settings that it belongs to.
pub type Versioned = (CustomField, i64);

/// Adds a field.
///
/// # Errors
/// [`Conflict::CustomFieldKeyTaken`], [`Conflict::TooManyCustomFields`].
pub async fn create(
    services: &Services,
    grant: &Grant<ManageRouting>,
    field: CustomField,
    once: Option<&Once<Versioned>>,
) -> Result<Outcome<Versioned>, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    if let Some(answer) = idempotency::begin(&mut tx, grant.organization_id(), once).await? {
        return Ok(Outcome::Replayed(answer));
    }
    let (organization, routing) = locked(&mut tx, grant).await?;
    if routing.custom_fields.get(&field.key).is_some() {
        return Err(Error::Conflict(Conflict::CustomFieldKeyTaken));
    }
    if routing.custom_fields.len() >= bounds::FIELDS {
        return Err(Error::Conflict(Conflict::TooManyCustomFields));
    }
    routing::insert_custom_field(&mut tx, grant, &field).await?;
    let id = organization.id;
    let stored = (field, organization.settings_version + 1);
    let now = tx.now().await?;
    let data = json!({"key": stored.0.key, "after": stored.0.to_json()});
    save(&mut tx, organization, of_all(grant, "custom_field.created", now, data)).await?;
    idempotency::finish(&mut tx, id, once, id.uuid(), &stored).await?;
    tx.commit().await?;
    Ok(Outcome::Done(stored))
}

/// Changes a field's label or options. Rules that name an option which is gone match nothing by it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Error::Invalid`] for options of a field that
/// is no choice.
pub async fn change(
    services: &Services,
    grant: &Grant<ManageRouting>,
    key: &str,
    change: CustomFieldChange,
    expected_version: Option<i64>,
) -> Result<Versioned, Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    let before = routing.custom_fields.get(key).ok_or(Error::NotFound("custom field"))?;
    let after = before.clone().changed(change)?;
    check_version(expected_version, organization.settings_version)?;
    if after == *before {
        return Ok((after, organization.settings_version));
    }
    routing::update_custom_field(&mut tx, grant, &after).await?;
    let version = organization.settings_version + 1;
    let now = tx.now().await?;
    let data = json!({"key": key, "before": before.to_json(), "after": after.to_json()});
    save(&mut tx, organization, of_all(grant, "custom_field.changed", now, data)).await?;
    tx.commit().await?;
    Ok((after, version))
}

/// Deletes a field that no rule looks at. What leads have in it stays, without a type.
///
/// # Errors
/// [`Error::NotFound`], [`Error::PreconditionFailed`]; [`Conflict::UsedByRules`].
pub async fn delete(
    services: &Services,
    grant: &Grant<ManageRouting>,
    key: &str,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let (mut tx, ref grant) = services.begin(grant).await?;
    let (organization, routing) = locked(&mut tx, grant).await?;
    let field = routing.custom_fields.get(key).ok_or(Error::NotFound("custom field"))?;
    check_version(expected_version, organization.settings_version)?;
    let users = routing.rules.iter().map(|stored| &stored.rule);
    let users = users.filter(|rule| rule.settings.conditions.mentions_custom_field(key));
    let names: Vec<RuleName> = users
        .map(|rule| RuleName { id: Some(rule.id), name: rule.settings.name.clone() })
        .collect();
    if !names.is_empty() {
        return Err(Error::Conflict(Conflict::UsedByRules(names)));
    }
    routing::delete_custom_field(&mut tx, grant, key).await?;
    let now = tx.now().await?;
    let data = json!({"key": key, "before": field.to_json()});
    save(&mut tx, organization, of_all(grant, "custom_field.deleted", now, data)).await?;
    tx.commit().await?;
    Ok(())
}
