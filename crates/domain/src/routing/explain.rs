//! Why a lead falls under one rule and not under the others.

use std::fmt;

use super::condition::{Combine, Test, Witness};
use super::facts::Found;
use super::operator::Operator;
use super::route::{Routed, RuleWitness};
use super::rule::Rule;
use super::verdict::Verdict;
use super::words;
use crate::ids::RuleId;

/// A decision, with what every condition found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The decision.
    pub routed: Routed,
    /// Every rule, in order.
    pub rules: Vec<ExplainedRule>,
}

/// What a decision meant for one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRule {
    /// Which.
    pub id: RuleId,
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// What its conditions found; of a disabled rule, too.
    pub conditions: ExplainedCondition,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleOutcome {
    /// Decided.
    Chosen,
    /// Its conditions do not hold.
    NotMatched,
    /// Its conditions hold, but an earlier rule decided.
    NotReached,
    /// Takes no part, whatever its conditions find.
    Disabled,
}

impl RuleOutcome {
    /// Every outcome.
    pub const ALL: &'static [Self] =
        &[Self::Chosen, Self::NotMatched, Self::NotReached, Self::Disabled];

    /// The word the API uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::NotMatched => "not_matched",
            Self::NotReached => "not_reached",
            Self::Disabled => "disabled",
        }
    }
}

impl fmt::Display for RuleOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a condition, or several combined, found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedCondition {
    /// Its place in the rule, as faults name it: `/conditions/all/0`.
    pub pointer: String,
    /// What it found.
    pub verdict: Verdict,
    /// What it is.
    pub part: ExplainedPart,
}

/// A condition, or several combined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExplainedPart {
    /// All of these must hold.
    All(Vec<ExplainedCondition>),
    /// One of these must hold.
    Any(Vec<ExplainedCondition>),
    /// One field compared.
    Test(ExplainedTest),
}

/// One comparison, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedTest {
    /// The field's name.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// What must be: `be at least 1000.00 GBP`.
    pub expected: String,
    /// What the lead has: `900.00 EUR`; `None` when it has nothing there.
    pub actual: Option<String>,
    /// The two in one sentence, with what prevents a comparison.
    pub detail: String,
}

/// Writes down what it sees.
#[derive(Default)]
pub(super) struct Explainer {
    pub(super) rules: Vec<ExplainedRule>,
    /// The groups that are open, the outermost first.
    open: Vec<(Combine, Vec<ExplainedCondition>)>,
    /// The outermost condition, once it is done.
    done: Option<ExplainedCondition>,
}

impl Explainer {
    /// Where the next condition stands.
    fn pointer(&self) -> String {
        let steps = self.open.iter().map(|(combine, seen)| (combine.as_str(), seen.len()));
        steps.fold("/conditions".to_owned(), |pointer, (name, index)| {
            format!("{pointer}/{name}/{index}")
        })
    }

    fn note(&mut self, verdict: Verdict, part: ExplainedPart) {
        let condition = ExplainedCondition { pointer: self.pointer(), verdict, part };
        match self.open.last_mut() {
            Some((_, seen)) => seen.push(condition),
            None => self.done = Some(condition),
        }
    }
}

impl Witness for Explainer {
    const THOROUGH: bool = true;

    fn enter(&mut self, combine: Combine) {
        self.open.push((combine, Vec::new()));
    }

    fn leave(&mut self, verdict: Verdict) {
        if let Some((combine, seen)) = self.open.pop() {
            let part = match combine {
                Combine::All => ExplainedPart::All(seen),
                Combine::Any => ExplainedPart::Any(seen),
            };
            self.note(verdict, part);
        }
    }

    fn test(&mut self, test: &Test, found: Found<'_>, verdict: Verdict) {
        self.note(verdict, ExplainedPart::Test(words::explained(test, found, verdict)));
    }
}

impl RuleWitness for Explainer {
    fn rule(&mut self, rule: &Rule, outcome: RuleOutcome) {
        self.rules.extend(self.done.take().map(|conditions| ExplainedRule {
            id: rule.id,
            version: rule.version,
            name: rule.settings.name.clone(),
            outcome,
            conditions,
        }));
    }
}
