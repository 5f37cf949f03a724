//! What clients send about groups.

use evenhand_domain::clock::Timestamp;
use evenhand_domain::error::Faults;
use evenhand_domain::group::{
    GroupChange, MAX_LIMIT, MAX_MEMBERS, MAX_NAME, MemberChange, NewGroup,
};
use evenhand_domain::ids::UserId;
use evenhand_domain::organization::Organization;
use evenhand_domain::rotation::{Limits, Method, Pause};
use serde::Deserialize;
use utoipa::ToSchema;

use super::pick_up;
use crate::body::{object, present, present_object};
use crate::fields::{self, Listed};

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
    distribution: Option<DistributionChange>,
    /// The keys of the lead statuses in which its members may pick up leads; none when absent.
    #[schema(value_type = Option<HashSet<String>>, max_items = 50)]
    pick_up_statuses: Option<Vec<String>>,
    /// Its members in turn order.
    #[schema(value_type = Option<HashSet<Uuid>>, max_items = 1000)]
    user_ids: Option<Vec<String>>,
}

/// How a group is to deal. What is absent stays as it is, or starts with its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DistributionChange {
    /// How it chooses: `sequential`, strictly in turn.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    method: Option<Option<String>>,
    /// The most leads a member is dealt per local day; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// The most leads a member is dealt per local month; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
}

impl DistributionChange {
    /// The method and the limits that it names.
    fn parse(self, faults: &mut Faults) -> Option<(Method, Option<u32>, Option<u32>)> {
        let method = match self.method {
            None => Some(Method::Sequential),
            Some(text) => {
                let text = fields::required(faults, "/distribution/method", text);
                let read = |text: &str| text.parse().ok();
                text.and_then(|text| {
                    fields::word(faults, "/distribution/method", &text, read, &["sequential"])
                })
            }
        };
        let daily = limit(faults, "/distribution/daily_limit", self.daily_limit);
        let monthly = limit(faults, "/distribution/monthly_limit", self.monthly_limit);
        Some((method?, daily?, monthly?))
    }
}

/// A limit that may be kept (`None`) or lifted (`Some(0)`). The outer `None` is a fault.
fn limit(faults: &mut Faults, pointer: &str, value: Option<Option<u32>>) -> Option<Option<u32>> {
    match value {
        None => Some(None),
        Some(None) => Some(Some(0)),
        Some(Some(limit)) => fields::at_most(faults, pointer, limit, MAX_LIMIT).map(Some),
    }
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
        let distribution = distribution.unwrap_or_default().parse(faults);
        let pick_up_statuses =
            pick_up::statuses(faults, organization, pick_up_statuses.unwrap_or_default());
        let listed = fields::ids(faults, "/user_ids", &user_ids.unwrap_or_default(), MAX_MEMBERS);
        let group = || {
            let (method, daily, monthly) = distribution?;
            let limits = Limits { daily: daily.unwrap_or(0), monthly: monthly.unwrap_or(0) };
            Some(NewGroup {
                name: name?,
                method,
                limits,
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
    #[schema(value_type = DistributionChange, required = false)]
    distribution: Option<Option<DistributionChange>>,
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
            None => Some(DistributionChange::default()),
            Some(distribution) => fields::required(faults, "/distribution", distribution),
        };
        let distribution = distribution.and_then(|distribution| distribution.parse(faults));
        let pick_up_statuses = match pick_up_statuses {
            None => Some(None),
            Some(listed) => {
                pick_up::statuses(faults, organization, listed.unwrap_or_default()).map(Some)
            }
        };
        let (_method, daily_limit, monthly_limit) = distribution?;
        let pick_up_statuses = pick_up_statuses?;
        Some(GroupChange { name: name?, daily_limit, monthly_limit, pick_up_statuses })
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
}

impl ChangeGroupMember {
    pub(crate) fn parse(self, now: Timestamp, faults: &mut Faults) -> Option<MemberChange> {
        let Self { paused, paused_until, daily_limit, monthly_limit } = self;
        // Null takes the pause away as it takes a limit of their own away.
        let paused = paused.map(|paused| paused.unwrap_or(false));
        let pause = pause(paused, paused_until, now, faults);
        let daily_limit = own_limit(faults, "/daily_limit", daily_limit);
        let monthly_limit = own_limit(faults, "/monthly_limit", monthly_limit);
        Some(MemberChange {
            daily_limit: daily_limit?,
            monthly_limit: monthly_limit?,
            pause: pause?,
        })
    }
}

/// The outer `None` is a fault.
fn own_limit(
    faults: &mut Faults,
    pointer: &str,
    value: Option<Option<u32>>,
) -> Option<Option<Option<u32>>> {
    match value {
        Some(Some(limit)) => {
            fields::at_most(faults, pointer, limit, MAX_LIMIT).map(|limit| Some(Some(limit)))
        }
        kept_or_cleared => Some(kept_or_cleared),
    }
}

/// The pause that is asked for; `Some(None)` keeps it, `None` is a fault.
fn pause(
    paused: Option<bool>,
    until: Option<Option<String>>,
    now: Timestamp,
    faults: &mut Faults,
) -> Option<Option<Pause>> {
    let pointer = "/paused_until";
    match (paused, until) {
        (None, None) => Some(None),
        (Some(true), None | Some(None)) => Some(Some(Pause::Indefinite)),
        (Some(false), None | Some(None)) => Some(Some(Pause::No)),
        (None | Some(true), Some(Some(until))) => {
            let end = fields::future_instant(faults, pointer, &until, now)?;
            Some(Some(Pause::Until(end)))
        }
        (Some(false), Some(Some(_))) => {
            faults.add(
                pointer,
                "invalid_value",
                "a member who is not paused has no end of a pause",
            );
            None
        }
        (None, Some(None)) => {
            faults.add("/paused", "required", "say whether the pause goes on without an end");
            None
        }
    }
}
