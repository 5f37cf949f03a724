//! Custom fields. Whoever changes them has the organization locked, and raises the version of its
//! settings in the same transaction.

use evenhand_domain::permission::{Grant, ManageRouting};
use evenhand_domain::routing::{CustomField, CustomFields};
use sea_orm::{FromQueryResult, Value};
use serde_json::{Value as Json, json};

use super::read::definition;
use crate::leads::OnLeads;
use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx};

#[derive(FromQueryResult)]
struct Row {
    settings_version: i64,
    key: Option<String>,
    label: Option<String>,
    kind: Option<String>,
    options: Option<Json>,
}

/// The organization's custom fields, with the version of its settings.
///
/// # Errors
/// When the database fails.
pub async fn custom_fields<A: OnLeads>(
    db: &impl Read,
    grant: &Grant<A>,
) -> Result<(i64, CustomFields)> {
    let sql = "SELECT o.settings_version, f.key, f.label, f.type AS kind, f.options \
               FROM organizations o LEFT JOIN custom_fields f ON f.organization_id = o.id \
               WHERE o.id = $1";
    let values = [Value::from(grant.organization_id().uuid())];
    let rows: Vec<Row> = db.db().all(sql, values).await?;
    let version = rows.first().map(|row| row.settings_version);
    let version = version.ok_or_else(|| Error::corrupt("an organization that is gone"))?;
    let fields = rows.iter().filter(|row| row.key.is_some()).map(|row| {
        definition(&json!({
            "key": row.key, "label": row.label, "type": row.kind, "options": row.options,
        }))
    });
    Ok((version, fields.collect::<Result<_>>()?))
}

/// Stores a new field.
///
/// # Errors
/// When the database fails.
pub async fn insert_custom_field(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
    field: &CustomField,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("key", Kind::Text),
        ("label", Kind::Text),
        ("type", Kind::Text),
        ("options", Kind::Json),
    ]);
    rows.push([
        grant.organization_id().into(),
        field.key.as_str().into(),
        field.label.as_str().into(),
        field.kind.as_str().into(),
        options(field),
    ]);
    let db = tx.db();
    db.insert(rows, "custom_fields", "").await?;
    Ok(())
}

/// Stores a field's label and options; its type never changes.
///
/// # Errors
/// When the database fails.
pub async fn update_custom_field(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
    field: &CustomField,
) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("key", Kind::Text),
        ("label", Kind::Text),
        ("options", Kind::Json),
    ]);
    rows.push([
        grant.organization_id().into(),
        field.key.as_str().into(),
        field.label.as_str().into(),
        options(field),
    ]);
    let db = tx.db();
    let sql = format!(
        "{} UPDATE custom_fields SET label = i.label, options = i.options FROM input i \
         WHERE custom_fields.organization_id = i.organization_id AND custom_fields.key = i.key",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

/// Forgets a definition. What leads have in the field stays.
///
/// # Errors
/// When the database fails.
pub async fn delete_custom_field(
    tx: &mut Tx,
    grant: &Grant<ManageRouting>,
    key: &str,
) -> Result<()> {
    let sql = "DELETE FROM custom_fields WHERE organization_id = $1 AND key = $2";
    tx.db().execute(sql, [grant.organization_id().uuid().into(), key.into()]).await?;
    Ok(())
}

fn options(field: &CustomField) -> Cell {
    field.kind.options().map_or(Cell::Null, |options| Cell::Json(json!(options).to_string()))
}
