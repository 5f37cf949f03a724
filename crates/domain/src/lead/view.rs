//! What people save of their lists of leads.

use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::ids::LeadViewId;

/// The most that one user can have.
pub const MAX_LEAD_VIEWS: usize = 100;

/// The longest name, in characters.
pub const MAX_LEAD_VIEW_NAME: usize = 100;

/// A filter and an order of the list of leads under a name. It is its user's alone.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadView {
    /// Id.
    pub id: LeadViewId,
    /// Unique among the user's, without regard to case.
    pub name: String,
    /// Parameters of the list by name, as texts. They were good when it was saved.
    pub filter: Map<String, Value>,
    /// Its place in the user's order, from 1.
    pub position: u32,
    /// Raised by every change of name and filter.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its name or filter last changed.
    pub updated_at: Timestamp,
}

/// A change of one: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadViewChange {
    /// Another name.
    pub name: Option<String>,
    /// Another filter.
    pub filter: Option<Map<String, Value>>,
}

impl LeadView {
    /// The key by which two names are the same.
    #[must_use]
    pub fn name_key(name: &str) -> String {
        name.to_lowercase()
    }

    /// The same with the change made.
    #[must_use]
    pub fn changed(&self, change: LeadViewChange) -> Self {
        let LeadViewChange { name, filter } = change;
        let before = self.clone();
        Self {
            name: name.unwrap_or(before.name),
            filter: filter.unwrap_or(before.filter),
            ..before
        }
    }
}
