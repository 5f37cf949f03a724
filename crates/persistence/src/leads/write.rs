//! What of leads changes beside their ownership. Whoever writes has the lead locked.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::{LeadId, OrganizationId};
use evenhand_domain::lead::NewLead;
use evenhand_domain::permission::{Grant, ManageOrganization};
use sea_orm::{FromQueryResult, Value};
use serde_json::json;
use uuid::Uuid;

use super::ties;
use crate::events::{self, Event};
use crate::rows::{Cell, Kind, Rows};
use crate::{Read, Result, Tx};

/// Stores the fields of a lead as they are now, in its next version.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: LeadId,
    fields: &NewLead,
    now: Timestamp,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("status", Kind::Text),
        ("first_name", Kind::Text),
        ("last_name", Kind::Text),
        ("email", Kind::Text),
        ("email_key", Kind::Text),
        ("phone", Kind::Text),
        ("phone_key", Kind::Text),
        ("company", Kind::Text),
        ("source", Kind::Text),
        ("product", Kind::Text),
        ("value_minor", Kind::Int),
        ("value_currency", Kind::Text),
        ("country", Kind::Text),
        ("external_id", Kind::Text),
        ("tags", Kind::Json),
        ("custom_fields", Kind::Json),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        organization_id.into(),
        id.into(),
        fields.status.as_str().into(),
        fields.first_name.as_deref().into(),
        fields.last_name.as_deref().into(),
        fields.email.as_ref().map(|email| email.given()).into(),
        fields.email.as_ref().map(|email| email.key()).into(),
        fields.phone.as_ref().map(|phone| phone.given()).into(),
        fields.phone.as_ref().map(|phone| phone.e164()).into(),
        fields.company.as_deref().into(),
        fields.source.as_deref().into(),
        fields.product.as_deref().into(),
        fields.value.as_ref().map(|value| value.amount_minor).into(),
        fields.value.as_ref().map(|value| value.currency.code()).into(),
        fields.country.as_ref().map(|country| country.code()).into(),
        fields.external_id.as_deref().into(),
        Cell::Json(serde_json::Value::from(fields.tags.clone()).to_string()),
        Cell::Json(serde_json::Value::Object(fields.custom_fields.clone()).to_string()),
        now.micros().into(),
    ]);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE leads SET status = i.status, first_name = i.first_name, \
         last_name = i.last_name, email = i.email, email_key = i.email_key, phone = i.phone, \
         phone_key = i.phone_key, company = i.company, source = i.source, product = i.product, \
         value_minor = i.value_minor, value_currency = i.value_currency, country = i.country, \
         external_id = i.external_id, tags = i.tags, custom_fields = i.custom_fields, \
         version = leads.version + 1, updated_at = i.updated_at FROM input i \
         WHERE leads.organization_id = i.organization_id AND leads.id = i.id",
        rows.input(db.dialect),
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Puts a lead away (`Some`: since when) or takes it back, in its next version; for everybody who is
/// tied to it.
///
/// # Errors
/// When the database fails.
pub async fn set_archived(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: LeadId,
    archived_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let key = [Value::from(organization_id.uuid()), Value::from(id.uuid())];
    let db = tx.db();
    let [organization, lead] = key.clone();
    let sql = "UPDATE leads SET archived_at = $3, version = version + 1, updated_at = $4 \
               WHERE organization_id = $1 AND id = $2";
    let archived_at = archived_at.map(Timestamp::micros);
    db.execute(sql, [organization, lead, archived_at.into(), now.micros().into()]).await?;
    let sql = format!(
        "UPDATE lead_access SET archived = $3 WHERE organization_id = $1 AND lead_id = $2 \
         AND user_id IN ({})",
        ties::users_of("$1", "$2"),
    );
    let [organization, lead] = key;
    db.execute(&sql, [organization, lead, archived_at.is_some().into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct LockedRow {
    id: Uuid,
}

/// Puts every lead that is in a status into another, each in its next version, with an event that
/// tells of it. The statuses are claimed: no lead comes into one meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn replace_status(
    tx: &mut Tx,
    grant: &Grant<ManageOrganization>,
    from: &str,
    to: &str,
    now: Timestamp,
) -> Result<()> {
    let organization_id = Value::from(grant.organization_id().uuid());
    // In the order in which everybody locks leads.
    let sql = format!(
        "SELECT id FROM leads WHERE organization_id = $1 AND status = $2 ORDER BY id {}",
        tx.db().dialect.pick("FOR NO KEY UPDATE", ""),
    );
    let leads: Vec<LockedRow> = tx.db().all(&sql, [organization_id.clone(), from.into()]).await?;
    let data = json!({
        "fields": ["status"], "before": {"status": from}, "after": {"status": to},
    });
    // Where the request came from is told once, with the status that is gone.
    let of_lead = |lead: LockedRow| {
        Event::by(grant.actor(), "lead.changed", lead.id, now, data.clone()).from_address(None)
    };
    events::append(tx, leads.into_iter().map(of_lead).collect()).await?;
    let sql = "UPDATE leads SET status = $3, version = version + 1, updated_at = $4 \
               WHERE organization_id = $1 AND status = $2";
    let values = [organization_id, from.into(), to.into(), now.micros().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}

/// Erases whatever of a lead's fields says who its person is.
///
/// # Errors
/// When the database fails.
pub async fn erase(
    tx: &mut Tx,
    organization_id: OrganizationId,
    id: LeadId,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE leads SET first_name = NULL, last_name = NULL, email = NULL, \
               email_key = NULL, phone = NULL, phone_key = NULL, company = NULL, \
               external_id = NULL, tags = '[]', custom_fields = '{}', erased_at = $3 \
               WHERE organization_id = $1 AND id = $2";
    let values = [organization_id.uuid().into(), id.uuid().into(), now.micros().into()];
    tx.db().execute(sql, values).await?;
    Ok(())
}
