//! Rules and what they lead to.

use serde_json::{Map, Value, json};

use super::condition::Conditions;
use super::vocabulary::Vocabulary;
use super::{bounds, json, literal};
use crate::error::Faults;
use crate::ids::{GroupId, RuleId, TeamId, UserId};
use crate::text::required_line;

/// Where a lead goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// To the rotation of a group.
    Group(GroupId),
    /// To the rotation of a team.
    Team(TeamId),
    /// To this user, whatever their turn.
    User(UserId),
    /// To nobody: it stays unassigned.
    Nobody,
}

impl Target {
    /// Reads `{"group_id"}`, `{"team_id"}` or `{"user_id"}`, or null for nobody. Whether there is such a
    /// group, team or user is not checked.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(value: &Value, pointer: &str, faults: &mut Faults) -> Option<Self> {
        if value.is_null() {
            return Some(Self::Nobody);
        }
        json::faultless(faults, |faults| {
            let known = ["group_id", "team_id", "user_id"];
            let members = json::object(value, pointer, &known, faults)?;
            let mut named = known.iter().filter_map(|name| Some((*name, members.get(*name)?)));
            let (Some((name, id)), None) = (named.next(), named.next()) else {
                let detail = "expected one of group_id, team_id and user_id";
                faults.add(pointer, "invalid_value", detail);
                return None;
            };
            let id = literal::id(id, &format!("{pointer}/{name}"), faults)?;
            Some(match name {
                "group_id" => Self::Group(id.into()),
                "team_id" => Self::Team(id.into()),
                _ => Self::User(id.into()),
            })
        })
    }

    /// Reads `{"target"}`, what an organization's default is set by; null means nobody, an absent
    /// target is a fault.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse_default(value: &Value, faults: &mut Faults) -> Option<Self> {
        json::faultless(faults, |faults| {
            let members = json::object(value, "", &["target"], faults)?;
            let Some(target) = members.get("target") else {
                faults.add("/target", "required", "is required");
                return None;
            };
            Self::parse(target, "/target", faults)
        })
    }

    /// As [`Target::parse`] reads it.
    #[must_use]
    pub fn to_json(self) -> Value {
        match self {
            Self::Group(id) => json!({"group_id": id}),
            Self::Team(id) => json!({"team_id": id}),
            Self::User(id) => json!({"user_id": id}),
            Self::Nobody => Value::Null,
        }
    }
}

/// What people set on a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSettings {
    /// Its name.
    pub name: String,
    /// Whether it takes part.
    pub enabled: bool,
    /// Which leads it is for.
    pub conditions: Conditions,
    /// Where those go.
    pub target: Target,
}

impl RuleSettings {
    /// Reads `{name, enabled?, conditions, target}`, noting every fault. A rule is enabled unless it
    /// says otherwise; a target of null means nobody, an absent one is a fault.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(value: &Value, vocabulary: Vocabulary<'_>, faults: &mut Faults) -> Option<Self> {
        json::faultless(faults, |faults| {
            let members = json::object(value, "", &RuleChange::FIELDS, faults)?;
            let change = RuleChange::read(members, vocabulary, faults);
            for name in ["name", "conditions", "target"] {
                if !members.contains_key(name) {
                    faults.add(format!("/{name}"), "required", "is required");
                }
            }
            let RuleChange { name, enabled, conditions, target } = change;
            let enabled = enabled.unwrap_or(true);
            Some(Self { name: name?, enabled, conditions: conditions?, target: target? })
        })
    }

    /// As [`RuleSettings::parse`] reads it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { name, enabled, conditions, target } = self;
        json!({
            "name": name,
            "enabled": enabled,
            "conditions": conditions.to_json(),
            "target": target.to_json(),
        })
    }

    /// These settings with the change made.
    #[must_use]
    pub fn changed(self, change: RuleChange) -> Self {
        Self {
            name: change.name.unwrap_or(self.name),
            enabled: change.enabled.unwrap_or(self.enabled),
            conditions: change.conditions.unwrap_or(self.conditions),
            target: change.target.unwrap_or(self.target),
        }
    }
}

/// A change of a rule: what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleChange {
    /// New name.
    pub name: Option<String>,
    /// Whether it takes part.
    pub enabled: Option<bool>,
    /// New conditions, replacing all that there were.
    pub conditions: Option<Conditions>,
    /// New target.
    pub target: Option<Target>,
}

impl RuleChange {
    const FIELDS: [&'static str; 4] = ["name", "enabled", "conditions", "target"];

    /// Reads a JSON merge patch: absent keeps; null clears, which makes the target nobody and the
    /// rule enabled, and is a fault elsewhere.
    ///
    /// Returns `None` exactly when a fault was noted.
    pub fn parse(value: &Value, vocabulary: Vocabulary<'_>, faults: &mut Faults) -> Option<Self> {
        json::faultless(faults, |faults| {
            let members = json::object(value, "", &Self::FIELDS, faults)?;
            Some(Self::read(members, vocabulary, faults))
        })
    }

    fn read(members: &Map<String, Value>, vocabulary: Vocabulary<'_>, faults: &mut Faults) -> Self {
        let name = given(members, "name", faults).and_then(|value| {
            let name = json::text(value, "/name", faults)?;
            faults.keep("/name", required_line(name, bounds::NAME))
        });
        let enabled = members.get("enabled").and_then(|value| match value {
            Value::Null => Some(true),
            value => json::boolean(value, "/enabled", faults),
        });
        let conditions = given(members, "conditions", faults)
            .and_then(|value| Conditions::parse(value, "/conditions", vocabulary, faults));
        let size = conditions.as_ref().map(|conditions| conditions.to_json().to_string().len());
        if size.is_some_and(|bytes| bytes > bounds::CONDITIONS_BYTES) {
            let detail = format!("at most {} bytes of compact JSON", bounds::CONDITIONS_BYTES);
            faults.add("/conditions", "too_large", detail);
        }
        let target =
            members.get("target").and_then(|value| Target::parse(value, "/target", faults));
        Self { name, enabled, conditions, target }
    }
}

/// The member, where there is one; a fault where it is null.
fn given<'a>(
    members: &'a Map<String, Value>,
    name: &str,
    faults: &mut Faults,
) -> Option<&'a Value> {
    members.get(name).and_then(|_| json::required(members, name, "", faults))
}

/// A stored rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Id.
    pub id: RuleId,
    /// Raised by every change of its settings; kept with each lead that it routes.
    pub version: i64,
    /// What people set.
    pub settings: RuleSettings,
}

/// A rule as others name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// Which; `None` = the default, where no rule decides.
    pub id: Option<RuleId>,
    /// What people call it.
    pub name: String,
}
