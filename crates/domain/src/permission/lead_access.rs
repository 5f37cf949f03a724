//! Who sees a lead, how far their sight of it goes, and why: the rules that the SQL of
//! `evenhand_persistence::leads` has to give the same answers as.

mod explain;

pub use explain::{Explanation, Rule, RuleName, TiedTeam, ViewerFacts, ViewerTeam, explain};

use crate::ids::{ApiKeyId, UserId};
use crate::lead::{CreatedBy, Lead};
use crate::permission::{Action as _, Actor, AssignLeads, AssignScope, LeadScope, LeadTie};

/// How far somebody's sight of a lead goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// They may look at it.
    ReadOnly,
    /// They may work on it, as far as their permissions go.
    Working,
}

impl Sight {
    /// What a tie gives.
    #[must_use]
    pub const fn of(tie: LeadTie) -> Self {
        if tie.is_working() { Self::Working } else { Self::ReadOnly }
    }
}

/// What of a lead decides who sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadFacts {
    /// The strongest tie of everybody who has one.
    pub ties: Vec<(UserId, LeadTie)>,
    /// The key that made it, where one did.
    pub made_by: Option<ApiKeyId>,
}

impl LeadFacts {
    /// Those of a lead that was just made.
    #[must_use]
    pub fn of_new(lead: &Lead) -> Self {
        Self::made(lead.owner().map(|owner| owner.id), &lead.created_by)
    }

    /// Those of a lead of this owner's that `created_by` has just made.
    #[must_use]
    pub fn made(owner: Option<UserId>, created_by: &CreatedBy) -> Self {
        let mut ties: Vec<_> = owner.map(|owner| (owner, LeadTie::Owner)).into_iter().collect();
        let made_by = match *created_by {
            CreatedBy::ApiKey { id, .. } => Some(id),
            CreatedBy::User { id, .. } => {
                if owner != Some(id) {
                    ties.push((id, LeadTie::Creator));
                }
                None
            }
        };
        Self { ties, made_by }
    }

    /// The strongest tie of a user.
    #[must_use]
    pub fn tie(&self, user: UserId) -> Option<LeadTie> {
        self.ties.iter().find(|(tied, _)| *tied == user).map(|(_, tie)| *tie)
    }
}

impl LeadScope {
    /// How far the scope goes for a lead; `None` = it is not visible.
    #[must_use]
    pub fn sight(&self, lead: &LeadFacts) -> Option<Sight> {
        match self {
            Self::Everything => Some(Sight::Working),
            Self::User { user_id, team } => {
                let counts = |(user, tie): &(UserId, LeadTie)| {
                    user == user_id || (tie.is_working() && team.contains(user))
                };
                let ties = lead.ties.iter().copied().filter(counts);
                ties.map(|(_, tie)| Sight::of(tie)).max()
            }
            Self::MadeBy(key) => (lead.made_by == Some(*key)).then_some(Sight::Working),
            Self::Nothing => None,
        }
    }
}

/// What the API calls something that can be done with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadAction {
    /// Read it and what belongs to it.
    Read,
    /// Give it to a user.
    Assign,
    /// Take it from its owner and give it to nobody.
    Release,
}

impl LeadAction {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Assign => "assign",
            Self::Release => "release",
        }
    }
}

impl AssignScope {
    /// Whether `actor`, whose scope this is, may give away a lead that they see this far and that
    /// is `owner`'s. To whom is another question (`assignees`).
    #[must_use]
    pub fn may_give_away(&self, actor: &Actor, sight: Sight, owner: Option<UserId>) -> bool {
        let by_permission = self.assignees.is_some() && sight == Sight::Working;
        let own = self.may_transfer_own && owner.is_some() && owner == actor.user_id();
        by_permission || own
    }
}

/// What an actor may do with a lead that they see this far (`None` = not at all), and that is
/// `owner`'s.
#[must_use]
pub fn allowed_actions(
    actor: &Actor,
    sight: Option<Sight>,
    owner: Option<UserId>,
) -> Vec<LeadAction> {
    let Some(sight) = sight else { return Vec::new() };
    let mut actions = vec![LeadAction::Read];
    if AssignLeads::scope(actor).may_give_away(actor, sight, owner) {
        actions.push(LeadAction::Assign);
        if owner.is_some() {
            actions.push(LeadAction::Release);
        }
    }
    actions
}

#[cfg(test)]
mod tests;
