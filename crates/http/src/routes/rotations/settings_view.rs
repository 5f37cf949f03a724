//! How groups and teams deal, as the API shows it.

use evenhand_domain::distribution::Distribution;
use evenhand_domain::rotation_owner::RotationOwner;
use evenhand_domain::when_nobody_eligible::Fallback;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How a group deals.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DistributionSettings)]
pub(crate) struct DistributionSettingsView {
    /// How it chooses: `sequential`, strictly in turn; `random`, each with equal chance; `weighted`,
    /// in proportion to weights; `least_open`, whoever has the fewest open leads. There will be more.
    pub(crate) method: &'static str,
    /// The most leads a member is dealt per local day; 0 = unlimited.
    pub(crate) daily_limit: u32,
    /// The most leads a member is dealt per local month; 0 = unlimited.
    pub(crate) monthly_limit: u32,
    /// Whether members are passed over outside their working hours, on absences and holidays.
    pub(crate) respect_availability: bool,
    /// What becomes of leads that nobody can be dealt: `leave_unassigned`, `wait`, `fallback`. There
    /// will be more.
    pub(crate) when_nobody_eligible: &'static str,
    /// Where those leads go on to, with `fallback`.
    pub(crate) fallback: Option<FallbackView>,
}

impl From<Distribution> for DistributionSettingsView {
    fn from(distribution: Distribution) -> Self {
        let Distribution { policy, limits, when_nobody_eligible } = distribution;
        Self {
            method: policy.method.as_str(),
            daily_limit: limits.daily,
            monthly_limit: limits.monthly,
            respect_availability: policy.respects_availability,
            when_nobody_eligible: when_nobody_eligible.as_str(),
            fallback: when_nobody_eligible.fallback().map(FallbackView::from),
        }
    }
}

/// How a team deals.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TeamDistributionSettings)]
pub(crate) struct TeamDistributionSettingsView {
    /// How it chooses: `sequential`, strictly in turn; `random`, each with equal chance; `weighted`,
    /// in proportion to weights; `least_open`, whoever has the fewest open leads. There will be more.
    method: &'static str,
    /// The most leads a member is dealt per local day; 0 = unlimited.
    daily_limit: u32,
    /// The most leads a member is dealt per local month; 0 = unlimited.
    monthly_limit: u32,
    /// Whether members are passed over outside their working hours, on absences and holidays.
    respect_availability: bool,
    /// What becomes of leads that nobody can be dealt: `leave_unassigned`, `wait`, `fallback`. There
    /// will be more.
    when_nobody_eligible: &'static str,
    /// Where those leads go on to, with `fallback`.
    fallback: Option<FallbackView>,
    /// Whether its managers are dealt to as well, behind its users.
    include_managers: bool,
}

impl TeamDistributionSettingsView {
    pub(crate) fn new(distribution: Distribution, include_managers: bool) -> Self {
        let DistributionSettingsView {
            method,
            daily_limit,
            monthly_limit,
            respect_availability,
            when_nobody_eligible,
            fallback,
        } = distribution.into();
        Self {
            method,
            daily_limit,
            monthly_limit,
            respect_availability,
            when_nobody_eligible,
            fallback,
            include_managers,
        }
    }
}

/// Where leads go on to: one of the three.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Fallback)]
pub(crate) struct FallbackView {
    /// A group, whose rotation deals them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    group_id: Option<Uuid>,
    /// A team, whose rotation deals them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    team_id: Option<Uuid>,
    /// A user, who gets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_id: Option<Uuid>,
}

impl From<Fallback> for FallbackView {
    fn from(fallback: Fallback) -> Self {
        let owner = match fallback {
            Fallback::Rotation(owner) => Some(owner),
            Fallback::User(_) => None,
        };
        Self {
            group_id: owner.and_then(RotationOwner::group_id).map(|id| id.uuid()),
            team_id: owner.and_then(RotationOwner::team_id).map(|id| id.uuid()),
            user_id: match fallback {
                Fallback::Rotation(_) => None,
                Fallback::User(user) => Some(user.uuid()),
            },
        }
    }
}
