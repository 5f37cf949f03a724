//! Lead statuses as the API shows them.

use evenhand_domain::error::Error;
use evenhand_domain::organization::{LeadStatus, Organization};
use serde::Serialize;
use utoipa::ToSchema;

/// A step that leads of the organization are in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeadStatus, example = json!({
    "key": "contacted", "name": "Contacted", "kind": "open", "position": 2, "version": 1,
}))]
pub(crate) struct LeadStatusView {
    /// What leads and requests call it; never changes.
    key: String,
    /// What people call it.
    name: String,
    /// How far leads in it have come: `open`, still being worked on; `won`; `lost`.
    kind: &'static str,
    /// From 1. A lead that comes without a status gets the first.
    position: usize,
    /// The version of the organization's settings, which all statuses share.
    version: i64,
}

impl LeadStatusView {
    fn new(index: usize, status: &LeadStatus, version: i64) -> Self {
        let LeadStatus { key, name, kind } = status;
        let (key, name, kind) = (key.clone(), name.clone(), kind.as_str());
        Self { key, name, kind, position: index + 1, version }
    }

    /// The status of this key.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn of(organization: &Organization, key: &str) -> Result<Self, Error> {
        let statuses = organization.lead_statuses.iter().enumerate();
        let mut views = statuses
            .filter(|(_, status)| status.key == key)
            .map(|(index, status)| Self::new(index, status, organization.settings_version));
        views.next().ok_or(Error::NotFound("lead status"))
    }
}

/// All lead statuses in order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeadStatusList {
    /// The statuses.
    data: Vec<LeadStatusView>,
}

impl From<&Organization> for LeadStatusList {
    fn from(organization: &Organization) -> Self {
        let version = organization.settings_version;
        let statuses = organization.lead_statuses.iter().enumerate();
        let view = |(index, status)| LeadStatusView::new(index, status, version);
        Self { data: statuses.map(view).collect() }
    }
}
