//! What clients send about groups.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::distribution::{MAX_MEMBERS, MemberChange};
use evenhand_domain::error::Faults;
use evenhand_domain::group::{GroupChange, MAX_NAME, NewGroup};
use evenhand_domain::ids::UserId;
use evenhand_domain::organization::Organization;
use serde::Deserialize;
use utoipa::ToSchema;

use super::pick_up;
use crate::body::{object, present, present_object};
use crate::fields::{self, Listed};
use crate::routes::rotations::member_body::MemberFields;
use crate::routes::rotations::settings_body::ChangeDistribution;

/// A group to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Tele-Sales",
    "distribution": {"method": "sequential", "daily_limit": 40},
    "pick_up_statuses": ["new"],
    "user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"],
}))]
pub(crate) struct CreateGroup {
    /// Unique in the organization without regard to case.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// How it is to deal; sequentially and without limits when absent.
    #[serde(default, deserialize_with = "object")]
    distribution: Option<ChangeDistribution>,
    /// The keys of the lead statuses in which its members may pick up leads; none when absent.
    #[schema(value_type = Option<HashSet<String>>, max_items = 50)]
    pick_up_statuses: Option<Vec<String>>,
    /// Its members in turn order.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl CreateGroup {
    /// The group to make, and the members it names as far as they can be read.
    pub(crate) fn parse(
        self,
        organization: &Organization,
        faults: &mut Faults,
    ) -> (Option<NewGroup>, Listed<UserId>) {
        let Self { name, distribution, pick_up_statuses, user_ids } = self;
        let name = fields::required_line(faults, "/name", name, MAX_NAME);
        let distribution = distribution.unwrap_or_default().begin(faults);
        let pick_up_statuses =
            pick_up::statuses(faults, organization, pick_up_statuses.unwrap_or_default());
        let listed = fields::ids(faults, "/user_ids", &user_ids.unwrap_or_default(), MAX_MEMBERS);
        let group = || {
            Some(NewGroup {
                name: name?,
                distribution: distribution?,
                pick_up_statuses: pick_up_statuses?,
                members: listed.all()?,
            })
        };
        (group(), listed)
    }
}

/// A change of a group (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"distribution": {"daily_limit": 50}}))]
pub(crate) struct ChangeGroup {
    /// Unique in the organization without regard to case.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 100)]
    name: Option<Option<String>>,
    /// How it is to deal.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = ChangeDistribution, required = false)]
    distribution: Option<Option<ChangeDistribution>>,
    /// The keys of the lead statuses in which its members may pick up leads; null = none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<HashSet<String>>, max_items = 50)]
    pick_up_statuses: Option<Option<Vec<String>>>,
}

impl ChangeGroup {
    pub(crate) fn parse(
        self,
        organization: &Organization,
        faults: &mut Faults,
    ) -> Option<GroupChange> {
        let Self { name, distribution, pick_up_statuses } = self;
        let name = match name {
            None => Some(None),
            Some(name) => fields::required_line(faults, "/name", name, MAX_NAME).map(Some),
        };
        let distribution = match distribution {
            None => Some(ChangeDistribution::default()),
            Some(distribution) => fields::required(faults, "/distribution", distribution),
        };
        let distribution = distribution.and_then(|distribution| distribution.parse(faults));
        let pick_up_statuses = match pick_up_statuses {
            None => Some(None),
            Some(listed) => {
                pick_up::statuses(faults, organization, listed.unwrap_or_default()).map(Some)
            }
        };
        let (name, distribution) = (name?, distribution?);
        Some(GroupChange { name, distribution, pick_up_statuses: pick_up_statuses? })
    }
}

/// All members of a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_ids": ["01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"]}))]
pub(crate) struct SetGroupMembers {
    /// Everybody, in turn order.
    #[schema(value_type = HashSet<Uuid>, required = true, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

impl SetGroupMembers {
    /// The members, and those that can be read.
    pub(crate) fn parse(self, faults: &mut Faults) -> (Option<Vec<UserId>>, Listed<UserId>) {
        let user_ids = fields::required(faults, "/user_ids", self.user_ids);
        let is_there = user_ids.is_some();
        let listed = fields::ids(faults, "/user_ids", &user_ids.unwrap_or_default(), MAX_MEMBERS);
        (listed.all().filter(|_| is_there), listed)
    }
}

/// A change of one member (JSON merge patch).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"paused": true, "paused_until": "2099-03-09T08:00:00Z"}))]
pub(crate) struct ChangeGroupMember {
    /// Whether they are passed over; null = no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    paused: Option<Option<bool>>,
    /// When the pause ends by itself; null = not by itself.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Option<String>>,
    /// Their own limit per local day, 0 = unlimited; null = the group's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// Their own limit per local month, 0 = unlimited; null = the group's.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
    /// Their share in relation to the others' where leads are dealt by weight, 0 = never; null = 1.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000)]
    weight: Option<Option<u32>>,
}

impl ChangeGroupMember {
    pub(crate) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<MemberChange> {
        let Self { paused, paused_until, daily_limit, monthly_limit, weight } = self;
        MemberFields { paused, paused_until, daily_limit, monthly_limit, weight }.parse(now, faults)
    }
}
