//! Saved lists as the API shows them.

use evenhand_domain::lead::LeadView;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::leads::filter::LeadQuery;
use crate::schema::Instant;

/// A saved list of leads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadView, example = json!({
    "id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0b", "position": 1, "name": "Hot in spring",
    "filter": {"owner": "me", "tag": "spring", "sort": "-value"}, "version": 1,
    "created_at": "2026-03-02T09:30:00.000000Z", "updated_at": "2026-03-02T09:30:00.000000Z",
}))]
pub(crate) struct LeadViewView {
    /// Its id.
    id: Uuid,
    /// Its place in your order, from 1. It changes with the order, not with the version.
    position: u32,
    /// What you call it.
    name: String,
    /// Parameters of `GET /v1/leads`. They were good when they were saved; what has become of a status
    /// or a group since, the list says.
    #[schema(value_type = LeadQuery)]
    filter: Map<String, Value>,
    /// Raised by every change of name and filter.
    version: i64,
    /// When it was made.
    created_at: Instant,
    /// When its name or filter last changed.
    updated_at: Instant,
}

impl From<&LeadView> for LeadViewView {
    fn from(view: &LeadView) -> Self {
        let LeadView { id, name, filter, position, version, created_at, updated_at } = view;
        Self {
            id: id.uuid(),
            position: *position,
            name: name.clone(),
            filter: filter.clone(),
            version: *version,
            created_at: (*created_at).into(),
            updated_at: (*updated_at).into(),
        }
    }
}

/// All saved lists.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadViewList)]
pub(crate) struct LeadViewListView {
    /// In your order.
    data: Vec<LeadViewView>,
}

impl From<&[LeadView]> for LeadViewListView {
    fn from(views: &[LeadView]) -> Self {
        Self { data: views.iter().map(LeadViewView::from).collect() }
    }
}
