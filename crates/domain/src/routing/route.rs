//! Which rule a lead falls under. The first enabled rule whose conditions hold decides.

use super::condition::{Combine, Test, Witness};
use super::explain::{Explainer, Explanation, RuleOutcome};
use super::facts::{Creator, Facts, Found};
use super::rule::{Rule, Target};
use super::verdict::Verdict;
use crate::ids::{RuleId, UserId};
use crate::lead::{NewLead, UnassignedReason};
use crate::rotation_owner::RotationOwner;

/// An organization's rules in order, and where leads go that none of them is for.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    /// In order.
    pub rules: Vec<Rule>,
    /// The target without a rule.
    pub default: Target,
}

/// Where a lead was sent, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routed {
    /// The rule that decided; `None` = the default did.
    pub rule: Option<AppliedRule>,
    /// Where the lead goes.
    pub target: Target,
}

/// A rule as it was when it decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedRule {
    /// The rule.
    pub id: RuleId,
    /// Its version.
    pub version: i64,
}

impl Routed {
    /// Whose rotation deals the lead; `None` = no rotation does.
    #[must_use]
    pub const fn rotation(self) -> Option<RotationOwner> {
        match self.target {
            Target::Group(id) => Some(RotationOwner::Group(id)),
            Target::Team(id) => Some(RotationOwner::Team(id)),
            Target::User(_) | Target::Nobody => None,
        }
    }

    /// The user who gets the lead whatever their turn.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self.target {
            Target::User(id) => Some(id),
            Target::Group(_) | Target::Team(_) | Target::Nobody => None,
        }
    }

    /// Why a lead that no rotation deals and no user gets has no owner.
    #[must_use]
    pub const fn unassigned(self) -> UnassignedReason {
        match (self.target, self.rule) {
            (Target::Nobody, None) => UnassignedReason::NoRuleMatched,
            (Target::Nobody, Some(_)) => UnassignedReason::RuleSaysNobody,
            _ => UnassignedReason::TargetUnavailable,
        }
    }
}

/// Sees the rules of a set as well as the conditions in them.
pub(super) trait RuleWitness: Witness {
    /// The conditions seen since the last call are those of `rule`.
    fn rule(&mut self, rule: &Rule, outcome: RuleOutcome);
}

impl RuleSet {
    /// Where `lead`, entered by `creator`, goes.
    #[must_use]
    pub fn route(&self, lead: &NewLead, creator: Creator) -> Routed {
        self.decide(Facts { lead, creator }, &mut Unwatched)
    }

    /// The same decision, with what every condition of every rule finds; also of rules that are
    /// disabled or come after the one that decided. Texts of the lead are quoted in it.
    #[must_use]
    pub fn explain(&self, lead: &NewLead, creator: Creator) -> Explanation {
        let mut explainer = Explainer::default();
        let routed = self.decide(Facts { lead, creator }, &mut explainer);
        Explanation { routed, rules: explainer.rules }
    }

    fn decide<W: RuleWitness>(&self, facts: Facts<'_>, witness: &mut W) -> Routed {
        let mut chosen = None;
        for rule in &self.rules {
            if !W::THOROUGH && !rule.settings.enabled {
                continue;
            }
            let matched = rule.settings.conditions.0.holds(facts, witness);
            let outcome = match (rule.settings.enabled, matched, chosen) {
                (false, _, _) => RuleOutcome::Disabled,
                (true, false, _) => RuleOutcome::NotMatched,
                (true, true, Some(_)) => RuleOutcome::NotReached,
                (true, true, None) => RuleOutcome::Chosen,
            };
            witness.rule(rule, outcome);
            if outcome == RuleOutcome::Chosen {
                chosen = Some(rule);
                if !W::THOROUGH {
                    break;
                }
            }
        }
        Routed {
            rule: chosen.map(|rule| AppliedRule { id: rule.id, version: rule.version }),
            target: chosen.map_or(self.default, |rule| rule.settings.target),
        }
    }
}

/// Nobody is interested in more than the outcome.
struct Unwatched;

impl Witness for Unwatched {
    const THOROUGH: bool = false;

    fn enter(&mut self, _: Combine) {}
    fn leave(&mut self, _: Verdict) {}
    fn test(&mut self, _: &Test, _: Found<'_>, _: Verdict) {}
}

impl RuleWitness for Unwatched {
    fn rule(&mut self, _: &Rule, _: RuleOutcome) {}
}
