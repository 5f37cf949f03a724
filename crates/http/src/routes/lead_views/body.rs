//! What clients send about saved lists.

use evenhand_domain::error::Faults;
use evenhand_domain::ids::LeadViewId;
use evenhand_domain::lead::{LeadViewChange, MAX_LEAD_VIEW_NAME, MAX_LEAD_VIEWS};
use evenhand_domain::permission::{Grant, ViewLeads};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::body::{object, present, present_object};
use crate::fields;
use crate::routes::leads::filter::LeadQuery;

/// A list to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Hot in spring", "filter": {"owner": "me", "tag": "spring", "sort": "-value"},
}))]
pub(crate) struct CreateLeadView {
    /// Unique among yours, without regard to case.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Parameters of `GET /v1/leads`, all but `limit` and `cursor`, as its query has them.
    #[serde(default, deserialize_with = "object")]
    #[schema(required = true, nullable = false)]
    filter: Option<LeadQuery>,
}

impl CreateLeadView {
    pub(crate) fn parse(
        self,
        grant: &Grant<ViewLeads>,
        faults: &mut Faults,
    ) -> Option<(String, Map<String, Value>)> {
        let Self { name, filter } = self;
        let name = fields::required_line(faults, "/name", name, MAX_LEAD_VIEW_NAME);
        let filter = fields::required(faults, "/filter", filter);
        let filter = filter.and_then(|filter| good(filter, grant, faults));
        Some((name?, filter?))
    }
}

/// A change of a saved list (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Hot in summer"}))]
pub(crate) struct ChangeLeadView {
    /// Unique among yours, without regard to case.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
    /// All of the parameters.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = LeadQuery, required = false)]
    filter: Option<Option<LeadQuery>>,
}

impl ChangeLeadView {
    pub(crate) fn parse(
        self,
        grant: &Grant<ViewLeads>,
        faults: &mut Faults,
    ) -> Option<LeadViewChange> {
        let Self { name, filter } = self;
        let name = match name {
            None => Some(None),
            Some(name) => {
                fields::required_line(faults, "/name", name, MAX_LEAD_VIEW_NAME).map(Some)
            }
        };
        let filter = match filter {
            None => Some(None),
            Some(filter) => fields::required(faults, "/filter", filter)
                .and_then(|filter| good(filter, grant, faults))
                .map(Some),
        };
        Some(LeadViewChange { name: name?, filter: filter? })
    }
}

/// The parameters as they are kept, if the list would take them.
fn good(
    query: LeadQuery,
    grant: &Grant<ViewLeads>,
    faults: &mut Faults,
) -> Option<Map<String, Value>> {
    let kept = serde_json::to_value(&query).ok();
    query.in_body(grant, faults)?;
    match kept? {
        Value::Object(kept) => Some(kept),
        _ => None,
    }
}

/// The order of all saved lists.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"view_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e0b"]}))]
pub(crate) struct OrderLeadViews {
    /// Each of yours once, the first to be shown first.
    #[schema(value_type = Vec<Uuid>, required = true, max_items = 100)]
    view_ids: Option<Vec<String>>,
}

impl OrderLeadViews {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<Vec<LeadViewId>> {
        let ids = fields::required(faults, "/view_ids", self.view_ids)?;
        fields::ids::<LeadViewId>(faults, "/view_ids", &ids, MAX_LEAD_VIEWS).all()
    }
}
