//! What clients send about lead statuses.

use evenhand_domain::error::Faults;
use evenhand_domain::organization::{
    LeadStatus, LeadStatusChange, LeadStatusKind as Kind, MAX_STATUSES, NewLeadStatus,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::present;
use crate::fields;

/// A lead status to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "follow_up", "name": "Follow up", "kind": "open", "position": 3}))]
pub(crate) struct CreateLeadStatus {
    /// What leads and requests will call it, for good: lower-case letters, digits and underscores,
    /// a letter first.
    #[schema(value_type = String, required = true, pattern = "^[a-z][a-z0-9_]{0,39}$")]
    key: Option<String>,
    /// What people call it.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// How far leads in it have come: `open`, still being worked on, when absent.
    #[schema(value_type = Option<LeadStatusKind>)]
    kind: Option<String>,
    /// Its place, from 1; at the end when absent.
    #[schema(minimum = 1, maximum = 50)]
    position: Option<u32>,
}

impl CreateLeadStatus {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<NewLeadStatus> {
        let Self { key, name, kind, position } = self;
        let kind = match kind {
            None => Some(Kind::Open),
            Some(kind) => self::kind(faults, &kind),
        };
        let key = fields::required(faults, "/key", key);
        let key = key.and_then(|key| faults.keep("/key", LeadStatus::parse_key(&key)));
        let name = self::name(faults, name);
        let position = match position {
            None => Some(None),
            Some(position) => self::position(faults, position).map(Some),
        };
        let status = LeadStatus { key: key?, name: name?, kind: kind? };
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
    /// How far leads in it have come.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = LeadStatusKind, required = false)]
    kind: Option<Option<String>>,
    /// Its place, from 1; the others make room.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = u32, required = false, minimum = 1, maximum = 50)]
    position: Option<Option<u32>>,
}

impl ChangeLeadStatus {
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<LeadStatusChange> {
        let Self { name, kind, position } = self;
        let name = match name {
            None => Some(None),
            Some(name) => self::name(faults, name).map(Some),
        };
        let kind = match kind {
            None => Some(None),
            Some(kind) => fields::required(faults, "/kind", kind)
                .and_then(|kind| self::kind(faults, &kind))
                .map(Some),
        };
        let position = match position {
            None => Some(None),
            Some(position) => fields::required(faults, "/position", position)
                .and_then(|position| self::position(faults, position))
                .map(Some),
        };
        Some(LeadStatusChange { name: name?, kind: kind?, position: position? })
    }
}

/// How far leads in a status have come: `open`, still being worked on; `won`; `lost`.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes what is read as text")]
pub(crate) enum LeadStatusKind {
    Open,
    Won,
    Lost,
}

fn kind(faults: &mut Faults, kind: &str) -> Option<Kind> {
    let words = Kind::ALL.map(Kind::as_str);
    fields::word(faults, "/kind", kind, Kind::from_text, &words)
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
