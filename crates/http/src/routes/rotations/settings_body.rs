//! How groups and teams are to deal, as clients send it.

use evenhand_domain::distribution::{
    Distribution, DistributionChange, MAX_LIMIT, WhenNobodyEligibleName,
};
use evenhand_domain::error::Faults;
use evenhand_domain::ids::{GroupId, TeamId, UserId};
use evenhand_domain::rotation::Method;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::{Fallback, WhenNobodyEligible};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::body::{present, present_object};
use crate::fields;
use crate::schema::words;

words! {
    /// How a rotation chooses among its members.
    DistributionMethod { "sequential", "random", "weighted", "least_open", }
}

words! {
    /// What becomes of leads that nobody can be dealt.
    WhenNobodyEligibleAction { "leave_unassigned", "wait", "fallback", }
}

/// How a group is to deal. What is absent stays as it is, or starts with its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DistributionChange)]
pub(crate) struct ChangeDistribution {
    /// How it chooses: `sequential`, strictly in turn; `random`, each with equal chance, from a seed
    /// that is kept; `weighted`, in proportion to the members' weights; `least_open`, whoever has the
    /// fewest open leads.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = DistributionMethod, required = false)]
    method: Option<Option<String>>,
    /// The most leads a member is dealt per local day; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// The most leads a member is dealt per local month; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
    /// Whether members are passed over outside their working hours, on absences and holidays; null =
    /// no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    respect_availability: Option<Option<bool>>,
    /// What becomes of leads that nobody can be dealt: they stay unassigned, wait until somebody can
    /// be, or go on to `fallback`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = WhenNobodyEligibleAction, required = false)]
    when_nobody_eligible: Option<Option<String>>,
    /// With `when_nobody_eligible` `fallback`, and with nothing else: where leads go on to. Groups and
    /// teams have fallbacks of their own; none may lead back to where leads come from, else the fault
    /// is `fallback_loop`.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = Option<FallbackBody>)]
    fallback: Option<Option<FallbackBody>>,
}

/// How a team is to deal. What is absent stays as it is, or starts with its default.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TeamDistributionChange)]
pub(crate) struct ChangeTeamDistribution {
    /// How it chooses: `sequential`, strictly in turn; `random`, each with equal chance, from a seed
    /// that is kept; `weighted`, in proportion to the members' weights; `least_open`, whoever has the
    /// fewest open leads.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = DistributionMethod, required = false)]
    method: Option<Option<String>>,
    /// The most leads a member is dealt per local day; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    daily_limit: Option<Option<u32>>,
    /// The most leads a member is dealt per local month; 0 or null = unlimited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>, maximum = 1000000)]
    monthly_limit: Option<Option<u32>>,
    /// Whether members are passed over outside their working hours, on absences and holidays; null =
    /// no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    respect_availability: Option<Option<bool>>,
    /// What becomes of leads that nobody can be dealt: they stay unassigned, wait until somebody can
    /// be, or go on to `fallback`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = WhenNobodyEligibleAction, required = false)]
    when_nobody_eligible: Option<Option<String>>,
    /// With `when_nobody_eligible` `fallback`, and with nothing else: where leads go on to. Groups and
    /// teams have fallbacks of their own; none may lead back to where leads come from, else the fault
    /// is `fallback_loop`.
    #[serde(default, deserialize_with = "present_object")]
    #[schema(value_type = Option<FallbackBody>)]
    fallback: Option<Option<FallbackBody>>,
    /// Whether its managers are dealt to as well, behind its users; null = no.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    include_managers: Option<Option<bool>>,
}

/// Where leads go on to: exactly one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FallbackTo)]
pub(crate) struct FallbackBody {
    /// A group.
    #[schema(value_type = Option<Uuid>)]
    group_id: Option<String>,
    /// A team.
    #[schema(value_type = Option<Uuid>)]
    team_id: Option<String>,
    /// An active user.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
}

impl ChangeDistribution {
    /// The change.
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<DistributionChange> {
        let Self {
            method,
            daily_limit,
            monthly_limit,
            respect_availability,
            when_nobody_eligible,
            fallback,
        } = self;
        let methods: Vec<&str> = Method::ALL.iter().map(|method| method.as_str()).collect();
        let read = |text: &str| text.parse().ok();
        let method = word(faults, "/distribution/method", method, read, &methods);
        let read = WhenNobodyEligibleName::from_text;
        let names = &WhenNobodyEligible::NAMES;
        let when =
            word(faults, "/distribution/when_nobody_eligible", when_nobody_eligible, read, names);
        let daily = limit(faults, "/distribution/daily_limit", daily_limit);
        let monthly = limit(faults, "/distribution/monthly_limit", monthly_limit);
        let fallback = match fallback {
            None => Some(None),
            Some(None) => Some(Some(None)),
            Some(Some(body)) => body.parse(faults).map(|fallback| Some(Some(fallback))),
        };
        Some(DistributionChange {
            method: method?,
            respects_availability: respect_availability.map(|respects| respects.unwrap_or(false)),
            daily_limit: daily?,
            monthly_limit: monthly?,
            when_nobody_eligible: when?,
            fallback: fallback?,
        })
    }

    /// What something new starts with.
    pub(crate) fn begin(self, faults: &mut Faults) -> Option<Distribution> {
        begin(self.parse(faults)?, faults)
    }
}

impl ChangeTeamDistribution {
    /// The change, and whether managers are dealt to where it says so.
    pub(crate) fn parse(self, faults: &mut Faults) -> Option<(DistributionChange, Option<bool>)> {
        let Self {
            method,
            daily_limit,
            monthly_limit,
            respect_availability,
            when_nobody_eligible,
            fallback,
            include_managers,
        } = self;
        let common = ChangeDistribution {
            method,
            daily_limit,
            monthly_limit,
            respect_availability,
            when_nobody_eligible,
            fallback,
        };
        let include_managers = include_managers.map(|include| include.unwrap_or(false));
        Some((common.parse(faults)?, include_managers))
    }

    /// What something new starts with.
    pub(crate) fn begin(self, faults: &mut Faults) -> Option<(Distribution, bool)> {
        let (change, include_managers) = self.parse(faults)?;
        Some((begin(change, faults)?, include_managers.unwrap_or(false)))
    }
}

fn begin(change: DistributionChange, faults: &mut Faults) -> Option<Distribution> {
    match change.apply(Distribution::default()) {
        Ok(distribution) => Some(distribution),
        Err(found) => {
            faults.append(found);
            None
        }
    }
}

impl FallbackBody {
    fn parse(self, faults: &mut Faults) -> Option<Fallback> {
        let at = |field: &str| format!("/distribution/fallback/{field}");
        match (self.group_id, self.team_id, self.user_id) {
            (Some(group), None, None) => {
                let group: GroupId = fields::id(faults, &at("group_id"), &group)?;
                Some(Fallback::Rotation(RotationOwner::Group(group)))
            }
            (None, Some(team), None) => {
                let team: TeamId = fields::id(faults, &at("team_id"), &team)?;
                Some(Fallback::Rotation(RotationOwner::Team(team)))
            }
            (None, None, Some(user)) => {
                let user: UserId = fields::id(faults, &at("user_id"), &user)?;
                Some(Fallback::User(user))
            }
            _ => {
                let detail = "exactly one of group_id, team_id and user_id";
                faults.add("/distribution/fallback", "invalid_value", detail);
                None
            }
        }
    }
}

/// A word that may be kept (`None`), but not cleared. The outer `None` is a fault.
fn word<T>(
    faults: &mut Faults,
    pointer: &str,
    value: Option<Option<String>>,
    read: impl Fn(&str) -> Option<T>,
    words: &[&str],
) -> Option<Option<T>> {
    let Some(text) = value else { return Some(None) };
    let text = fields::required(faults, pointer, text)?;
    fields::word(faults, pointer, &text, read, words).map(Some)
}

/// A limit that may be kept (`None`) or lifted (`Some(0)`). The outer `None` is a fault.
fn limit(faults: &mut Faults, pointer: &str, value: Option<Option<u32>>) -> Option<Option<u32>> {
    match value {
        None => Some(None),
        Some(None) => Some(Some(0)),
        Some(Some(limit)) => fields::at_most(faults, pointer, limit, MAX_LIMIT).map(Some),
    }
}
