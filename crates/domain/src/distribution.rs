//! How the rotation of a group or team is set to deal.

use crate::error::Faults;
use crate::rotation::{Limits, MemberSettings, Method, Pause, Policy};
use crate::text::ValueFault;
use crate::when_nobody_eligible::{Fallback, WhenNobodyEligible};

/// The most members one rotation may have.
pub const MAX_MEMBERS: usize = 1000;

/// The highest limit that can be set; 0 means unlimited.
pub const MAX_LIMIT: u32 = 1_000_000;

/// The highest weight that can be set; 0 means never.
pub const MAX_WEIGHT: u32 = 1_000;

/// The weight of members that have none set.
pub const DEFAULT_WEIGHT: u32 = 1;

/// What is set for a whole rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distribution {
    /// How it chooses, and whether it takes notice of working hours.
    pub policy: Policy,
    /// The limits of members that have none of their own.
    pub limits: Limits,
    /// What becomes of leads that nobody can be dealt.
    pub when_nobody_eligible: WhenNobodyEligible,
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            policy: Method::Sequential.into(),
            limits: Limits::default(),
            when_nobody_eligible: WhenNobodyEligible::default(),
        }
    }
}

/// A change of it: what is `None` stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DistributionChange {
    /// How it chooses.
    pub method: Option<Method>,
    /// Whether members are passed over outside their working hours.
    pub respects_availability: Option<bool>,
    /// New daily limit.
    pub daily_limit: Option<u32>,
    /// New monthly limit.
    pub monthly_limit: Option<u32>,
    /// What becomes of leads that nobody can be dealt.
    pub when_nobody_eligible: Option<WhenNobodyEligibleName>,
    /// Where they go on to; the inner `None` clears.
    pub fallback: Option<Option<Fallback>>,
}

/// A [`WhenNobodyEligible`] without where leads go on to, which a request says beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenNobodyEligibleName {
    /// As [`WhenNobodyEligible::LeaveUnassigned`].
    LeaveUnassigned,
    /// As [`WhenNobodyEligible::Wait`].
    Wait,
    /// As [`WhenNobodyEligible::Fallback`].
    Fallback,
}

impl WhenNobodyEligibleName {
    /// The one of this name.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let all = [Self::LeaveUnassigned, Self::Wait, Self::Fallback];
        all.into_iter()
            .zip(WhenNobodyEligible::NAMES)
            .find(|(_, name)| *name == text)
            .map(|it| it.0)
    }
}

impl DistributionChange {
    /// Whether it says anything of what becomes of leads that nobody can be dealt.
    #[must_use]
    pub const fn is_about_fallback(&self) -> bool {
        self.when_nobody_eligible.is_some() || self.fallback.is_some()
    }

    /// `present` with the change made.
    ///
    /// # Errors
    /// The fault of a fallback without its place, or a place without a fallback, at
    /// `/distribution/fallback`.
    pub fn apply(self, present: Distribution) -> Result<Distribution, Faults> {
        let Self { method, respects_availability, daily_limit, monthly_limit, .. } = self;
        let mut faults = Faults::default();
        let when = self.when_nobody_eligible(present.when_nobody_eligible);
        let when = faults.keep("/distribution/fallback", when);
        let when_nobody_eligible = when.ok_or(faults)?;
        Ok(Distribution {
            policy: Policy {
                method: method.unwrap_or(present.policy.method),
                respects_availability: respects_availability
                    .unwrap_or(present.policy.respects_availability),
            },
            limits: Limits {
                daily: daily_limit.unwrap_or(present.limits.daily),
                monthly: monthly_limit.unwrap_or(present.limits.monthly),
            },
            when_nobody_eligible,
        })
    }

    /// Another choice than `fallback` takes the present place with it; `fallback` keeps it.
    fn when_nobody_eligible(
        self,
        present: WhenNobodyEligible,
    ) -> Result<WhenNobodyEligible, ValueFault> {
        let name = self.when_nobody_eligible.unwrap_or(match present {
            WhenNobodyEligible::LeaveUnassigned => WhenNobodyEligibleName::LeaveUnassigned,
            WhenNobodyEligible::Wait => WhenNobodyEligibleName::Wait,
            WhenNobodyEligible::Fallback(_) => WhenNobodyEligibleName::Fallback,
        });
        let place = match (name, self.fallback) {
            (WhenNobodyEligibleName::Fallback, None) => present.fallback(),
            (_, named) => named.flatten(),
        };
        match (name, place) {
            (WhenNobodyEligibleName::LeaveUnassigned, None) => {
                Ok(WhenNobodyEligible::LeaveUnassigned)
            }
            (WhenNobodyEligibleName::Wait, None) => Ok(WhenNobodyEligible::Wait),
            (WhenNobodyEligibleName::Fallback, Some(place)) => {
                Ok(WhenNobodyEligible::Fallback(place))
            }
            (WhenNobodyEligibleName::Fallback, None) => {
                Err(("required", "say where leads go on to".to_owned()))
            }
            (_, Some(_)) => {
                let detail = "only with when_nobody_eligible fallback";
                Err(("invalid_value", detail.to_owned()))
            }
        }
    }
}

/// Where a member stands in a rotation's order, and what holds for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberPlace {
    /// From 1, in turn order.
    pub position: u32,
    /// What is set for them here.
    pub settings: MemberSettings,
    /// Whether and until when they are out of all rotations, this one among them.
    pub away: Pause,
}

/// A change of one member: the outer `None` keeps, the inner one clears.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// Own daily limit.
    pub daily_limit: Option<Option<u32>>,
    /// Own monthly limit.
    pub monthly_limit: Option<Option<u32>>,
    /// Weight; cleared it is 1.
    pub weight: Option<Option<u32>>,
    /// Pause.
    pub pause: Option<Pause>,
}

impl MemberChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `present` with the change made.
    #[must_use]
    pub fn apply(self, present: MemberSettings) -> MemberSettings {
        let Self { daily_limit, monthly_limit, weight, pause } = self;
        MemberSettings {
            daily_limit: daily_limit.unwrap_or(present.daily_limit),
            monthly_limit: monthly_limit.unwrap_or(present.monthly_limit),
            weight: weight.map_or(present.weight, |weight| weight.unwrap_or(DEFAULT_WEIGHT)),
            pause: pause.unwrap_or(present.pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::UserId;

    #[test]
    fn a_place_goes_with_fallback_and_with_nothing_else() {
        use WhenNobodyEligible as Now;
        use WhenNobodyEligibleName::{Fallback as Onward, LeaveUnassigned, Wait};
        let [one, other] = [1, 2].map(|id| Fallback::User(UserId::from_uuid(Uuid::from_u128(id))));
        let after = |name, fallback, present| {
            let change = DistributionChange {
                when_nobody_eligible: name,
                fallback,
                ..DistributionChange::default()
            };
            let present = Distribution { when_nobody_eligible: present, ..Distribution::default() };
            let told = |faults: Faults| faults.to_string();
            change.apply(present).map(|after| after.when_nobody_eligible).map_err(told)
        };
        let onward = Now::Fallback(one);
        let (required, wrong) =
            ("/distribution/fallback required", "/distribution/fallback invalid_value");
        assert_eq!(after(None, None, onward), Ok(onward), "absent keeps");
        assert_eq!(after(Some(Onward), None, onward), Ok(onward));
        assert_eq!(after(None, Some(Some(other)), onward), Ok(Now::Fallback(other)));
        assert_eq!(after(Some(Wait), None, onward), Ok(Now::Wait), "the place goes with it");
        assert_eq!(after(Some(LeaveUnassigned), Some(None), onward), Ok(Now::LeaveUnassigned));
        assert_eq!(after(None, Some(None), Now::Wait), Ok(Now::Wait));
        assert_eq!(after(Some(Onward), Some(Some(one)), Now::Wait), Ok(onward));
        assert_eq!(after(Some(Onward), None, Now::Wait), Err(required.to_owned()));
        assert_eq!(after(None, Some(None), onward), Err(required.to_owned()));
        assert_eq!(after(None, Some(Some(one)), Now::Wait), Err(wrong.to_owned()));
        assert_eq!(after(Some(Wait), Some(Some(one)), onward), Err(wrong.to_owned()));
    }

    #[test]
    fn what_is_done_has_the_names_that_are_read() {
        for name in WhenNobodyEligible::NAMES {
            assert!(WhenNobodyEligibleName::from_text(name).is_some(), "{name}");
        }
        assert_eq!(WhenNobodyEligibleName::from_text("drop"), None);
    }
}
