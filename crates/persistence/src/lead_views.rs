//! What people save of their lists of leads. Each user's are theirs alone: an integration has none.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::lead::LeadView;
use evenhand_domain::permission::{Grant, ViewLeads};
use sea_orm::{FromQueryResult, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::rows::{Cell, Kind, Rows};
use crate::{Error, Read, Result, Tx};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    name: String,
    filter: Json,
    position: i32,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

/// The user's own, in their order.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &impl Read, grant: &Grant<ViewLeads>) -> Result<Vec<LeadView>> {
    let sql = "SELECT v.id, v.name, v.filter, v.position, v.version, v.created_at, v.updated_at \
               FROM lead_views v WHERE v.organization_id = $1 AND v.user_id = $2 \
               ORDER BY v.position, v.id";
    let rows: Vec<Row> = db.db().all(sql, owner(grant)).await?;
    rows.into_iter().map(Row::into_domain).collect()
}

impl Row {
    fn into_domain(self) -> Result<LeadView> {
        let Self { id, name, filter, position, version, created_at, updated_at } = self;
        let Json::Object(filter) = filter else {
            return Err(Error::corrupt("what somebody saved of their list of leads"));
        };
        Ok(LeadView {
            id: id.into(),
            name,
            filter,
            position: position.unsigned_abs(),
            version,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
        })
    }
}

/// Whose.
fn owner(grant: &Grant<ViewLeads>) -> [Value; 2] {
    [grant.organization_id().uuid().into(), grant.user_id().map(|id| id.uuid()).into()]
}

/// Stores a new one of the user's.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, grant: &Grant<ViewLeads>, view: &LeadView) -> Result<()> {
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("position", Kind::Int),
        ("name", Kind::Text),
        ("name_key", Kind::Text),
        ("filter", Kind::Json),
        ("version", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    rows.push([
        grant.organization_id().into(),
        grant.user_id().into(),
        view.id.uuid().into(),
        view.position.into(),
        view.name.as_str().into(),
        LeadView::name_key(&view.name).into(),
        filter(view),
        view.version.into(),
        view.created_at.micros().into(),
        view.updated_at.micros().into(),
    ]);
    let db = tx.db();
    db.insert(rows, "lead_views", "").await?;
    Ok(())
}

/// Stores what one of the user's has become, and its place.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &mut Tx, grant: &Grant<ViewLeads>, views: &[LeadView]) -> Result<()> {
    if views.is_empty() {
        return Ok(());
    }
    let mut rows = Rows::new([
        ("organization_id", Kind::Uuid),
        ("user_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("position", Kind::Int),
        ("name", Kind::Text),
        ("name_key", Kind::Text),
        ("filter", Kind::Json),
        ("version", Kind::Int),
        ("updated_at", Kind::Int),
    ]);
    for view in views {
        rows.push([
            grant.organization_id().into(),
            grant.user_id().into(),
            view.id.uuid().into(),
            view.position.into(),
            view.name.as_str().into(),
            LeadView::name_key(&view.name).into(),
            filter(view),
            view.version.into(),
            view.updated_at.micros().into(),
        ]);
    }
    let db = tx.db();
    let sql = format!(
        "{} UPDATE lead_views SET position = i.position, name = i.name, name_key = i.name_key, \
         filter = i.filter, version = i.version, updated_at = i.updated_at FROM input i \
         WHERE lead_views.organization_id = i.organization_id \
         AND lead_views.user_id = i.user_id AND lead_views.id = i.id",
        rows.input(db.dialect)
    );
    db.execute(&sql, rows.into_values(db.dialect)).await?;
    Ok(())
}

fn filter(view: &LeadView) -> Cell {
    Cell::Json(Json::from(view.filter.clone()).to_string())
}

/// Deletes one of the user's.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &mut Tx, grant: &Grant<ViewLeads>, id: LeadViewId) -> Result<()> {
    let sql = "DELETE FROM lead_views WHERE organization_id = $1 AND user_id = $2 AND id = $3";
    let [organization, user] = owner(grant);
    tx.db().execute(sql, [organization, user, id.uuid().into()]).await?;
    Ok(())
}
