//! What clients send about lead statuses.

use evenhand_domain::error::Faults;
use evenhand_domain::organization::{LeadStatus, LeadStatusChange, MAX_STATUSES, NewLeadStatus};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::present;
use crate::fields;

/// A lead status to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "follow_up", "name": "Follow up", "open": true, "position": 3}))]
pub(crate) struct CreateLeadStatus {
    /// What leads and requests will call it, for good: lower-case letters, digits and underscores,
    /// a letter first.
    #[schema(value_type = String, required = true, pattern = "^[a-z][a-z0-9_]{0,39}$")]
    key: Option<String>,
    /// What people call it.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Whether leads in it are still being worked on; yes when absent.
    open: Option<bool>,
    /// Its place, from 1; at the end when absent.
    #[schema(minimum = 1, maximum = 50)]
    position: Option<u32>,
}

impl CreateLeadStatus {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<NewLeadStatus> {
        let Self { key, name, open, position } = self;
        let key = fields::required(faults, "/key", key);
        let key = key.and_then(|key| faults.keep("/key", LeadStatus::parse_key(&key)));
        let name = self::name(faults, name);
        let position = match position {
            None => Some(None),
            Some(position) => self::position(faults, position).map(Some),
        };
        let status = LeadStatus { key: key?, name: name?, open: open.unwrap_or(true) };
        Some(NewLeadStatus { status, position: position? })
    }
}

/// A change of a lead status (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "In contact", "position": 2}))]
pub(crate) struct ChangeLeadStatus {
    /// What people call it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
    /// Whether leads in it are still being worked on.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    open: Option<Option<bool>>,
    /// Its place, from 1; the others make room.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 50)]
    position: Option<Option<u32>>,
}

impl ChangeLeadStatus {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<LeadStatusChange> {
        let Self { name, open, position } = self;
        let name = match name {
            None => Some(None),
            Some(name) => self::name(faults, name).map(Some),
        };
        let open = match open {
            None => Some(None),
            Some(open) => fields::required(faults, "/open", open).map(Some),
        };
        let position = match position {
            None => Some(None),
            Some(position) => fields::required(faults, "/position", position)
                .and_then(|position| self::position(faults, position))
                .map(Some),
        };
        Some(LeadStatusChange { name: name?, open: open?, position: position? })
    }
}

fn name(faults: &mut Faults, name: Option<String>) -> Option<String> {
    let name = fields::required(faults, "/name", name)?;
    faults.keep("/name", LeadStatus::parse_name(&name))
}

/// How many statuses there are is known under lock alone.
fn position(faults: &mut Faults, position: u32) -> Option<usize> {
    let position = usize::try_from(position).unwrap_or(usize::MAX);
    if (1..=MAX_STATUSES).contains(&position) {
        return Some(position);
    }
    faults.add("/position", "invalid_value", format!("a place from 1 to {MAX_STATUSES}"));
    None
}
