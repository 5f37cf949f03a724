//! Routing rules, their default, and custom fields: few for each organization, and read together,
//! because conditions have no type without the definitions of the fields that they look at.

mod custom_fields;
mod named;
mod read;
mod write;

use evenhand_domain::clock::Timestamp;
use evenhand_domain::permission::{Action, ManageGroups, ManageRouting, ManageTeams};
use evenhand_domain::routing::{CustomFields, Rule, RuleSet, Target};

pub use custom_fields::{
    custom_fields, delete_custom_field, insert_custom_field, update_custom_field,
};
pub use named::{RoutedBy, routed_by, rules_naming};
pub use read::{for_intake, read};
pub use write::{archive, insert, set_default, set_order, target_exists, update};

/// What allows to ask which rules name a group or team: managing them, or the rules.
pub trait OnTargets: Action {}
impl OnTargets for ManageGroups {}
impl OnTargets for ManageTeams {}
impl OnTargets for ManageRouting {}

/// A rule with its place and its times.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRule {
    /// The rule.
    pub rule: Rule,
    /// From 1.
    pub position: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
}

/// All that routes an organization's leads, as one statement read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Routing {
    /// The version of the organization's settings, which every change of this raises.
    pub settings_version: i64,
    /// In order.
    pub rules: Vec<StoredRule>,
    /// Where leads go that none of them is for.
    pub default: Target,
    /// The definitions of the organization's own fields.
    pub custom_fields: CustomFields,
    /// How large it is in storage, in bytes.
    pub bytes: usize,
}

impl Routing {
    /// What leads are held against.
    #[must_use]
    pub fn rule_set(&self) -> RuleSet {
        let rules = self.rules.iter().map(|stored| stored.rule.clone()).collect();
        RuleSet { rules, default: self.default }
    }
}
