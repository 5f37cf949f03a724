//! What a list of leads is narrowed to, and in which order it is.

use super::search::LeadSearch;
use crate::clock::Timestamp;
use crate::ids::{GroupId, LeadId, TeamId, UserId};
use crate::organization::Currency;
use crate::user::coded;

/// What a list of leads is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadFilter {
    /// What occurs in it.
    pub search: Option<LeadSearch>,
    /// Whose.
    pub owner: Option<OwnerFilter>,
    /// That this user works on besides its owner.
    pub collaborator: Option<UserId>,
    /// Owned by or shared with the users of this team.
    pub team_id: Option<TeamId>,
    /// Given to this group's rotation.
    pub group_id: Option<GroupId>,
    /// In the pool of whoever asks.
    pub pool: bool,
    /// In this status.
    pub status: Option<String>,
    /// From this source.
    pub source: Option<String>,
    /// With this label.
    pub tag: Option<String>,
    /// Duplicates of this lead.
    pub duplicate_of: Option<LeadId>,
    /// That came at this instant or later.
    pub created_from: Option<Timestamp>,
    /// That came before this instant.
    pub created_to: Option<Timestamp>,
    /// Worth so much.
    pub value: Option<ValueFilter>,
    /// Those that were put away, and no others; else those that were not.
    pub archived: bool,
}

/// Whose leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Nobody's.
    Unassigned,
    /// This user's.
    User(UserId),
}

/// What leads are worth. Amounts of different currencies are not compared: one without a value, or with
/// a value in another currency, does not meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueFilter {
    /// In which currency.
    pub currency: Currency,
    /// At least so much, in its smallest unit.
    pub min: Option<i64>,
    /// At most so much.
    pub max: Option<i64>,
}

/// What a list of leads is sorted by; leads that are the same in it, by when they came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When they came: the order of ids.
    #[default]
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// What they may be worth, by the number alone; less than nothing for those without a value.
    Value,
    /// Their status, in the order of the organization's list.
    Status,
}

/// The order of a list of leads. Both parts of it run the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadOrder {
    /// By what.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl LeadOrder {
    /// In the order in which they came.
    pub const OLDEST_FIRST: Self = Self { key: SortKey::CreatedAt, descending: false };
    /// Every order by its name in requests.
    pub const NAMES: [&'static str; 8] = [
        "created_at",
        "-created_at",
        "updated_at",
        "-updated_at",
        "value",
        "-value",
        "status",
        "-status",
    ];

    /// The order of this name: the key, with a `-` before it where it runs downwards.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let key = match name {
            "created_at" => SortKey::CreatedAt,
            "updated_at" => SortKey::UpdatedAt,
            "value" => SortKey::Value,
            "status" => SortKey::Status,
            _ => return None,
        };
        Some(Self { key, descending })
    }
}

impl Default for LeadOrder {
    /// The newest first.
    fn default() -> Self {
        Self { key: SortKey::CreatedAt, descending: true }
    }
}

coded! {
    /// What leads are counted by.
    CountedBy {
        /// Their status.
        Status = 1 "status",
        /// Their owner.
        Owner = 2 "owner",
        /// The group whose rotation they were given to.
        Group = 3 "group",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_an_order_of_its_own() {
        let orders: Vec<_> = LeadOrder::NAMES.map(LeadOrder::from_text).into_iter().collect();
        assert!(orders.iter().all(Option::is_some));
        assert_eq!(orders[1], Some(LeadOrder::default()));
        for odd in ["", "-", "--value", "name", "+value", "VALUE"] {
            assert_eq!(LeadOrder::from_text(odd), None, "{odd}");
        }
    }
}
