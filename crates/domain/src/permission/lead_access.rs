//! Who sees a lead, how far their sight of it goes, and why: the rules that the SQL of
//! `evenhand_persistence::leads` has to give the same answers as.

mod explain;
mod unassigned;

pub use explain::{Explanation, Rule, RuleName, TiedTeam, ViewerFacts, ViewerTeam, explain};
pub use unassigned::ViewerGroup;

use crate::ids::{ApiKeyId, GroupId, TeamId, UserId};
use crate::lead::{CreatedBy, Lead};
use crate::permission::{
    Action as _, Actor, AssignLeads, AssignScope, LeadScope, LeadTie, Permission,
};

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
    /// Its status.
    pub status: String,
    /// The group whose rotation it was given to.
    pub group_id: Option<GroupId>,
    /// The team whose rotation it was given to.
    pub team_id: Option<TeamId>,
    /// Whether it is on a waiting list.
    pub waits: bool,
    /// Whether it was put away.
    pub archived: bool,
}

impl LeadFacts {
    /// Those of a lead that was just made.
    #[must_use]
    pub fn of_new(lead: &Lead) -> Self {
        let owner = lead.owner().map(|owner| owner.id);
        let facts = Self::made(owner, &lead.created_by, &lead.fields.status);
        let waits = lead.assignment.waiting.is_some();
        Self { group_id: lead.group_id, team_id: lead.team_id, waits, ..facts }
    }

    /// Those of a lead of this owner's in this status that `created_by` has just made, given to no
    /// rotation.
    #[must_use]
    pub fn made(owner: Option<UserId>, created_by: &CreatedBy, status: &str) -> Self {
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
        Self {
            ties,
            made_by,
            status: status.to_owned(),
            group_id: None,
            team_id: None,
            waits: false,
            archived: false,
        }
    }

    /// Whether it has no owner.
    #[must_use]
    pub fn is_unassigned(&self) -> bool {
        self.ties.iter().all(|(_, tie)| *tie != LeadTie::Owner)
    }

    /// The strongest tie of a user.
    #[must_use]
    pub fn tie(&self, user: UserId) -> Option<LeadTie> {
        self.ties.iter().find(|(tied, _)| *tied == user).map(|(_, tie)| *tie)
    }
}

impl LeadScope {
    /// How far the scope goes for a lead by ties alone; `None` = it does not show it. What it shows
    /// of leads without an owner ([`LeadScope::User::unassigned`]) is not among these facts.
    #[must_use]
    pub fn sight(&self, lead: &LeadFacts) -> Option<Sight> {
        match self {
            Self::Everything => Some(Sight::Working),
            Self::User { user_id, team, unassigned: _ } => {
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
    /// Take it for oneself, from nobody.
    PickUp,
    /// Have a user work on it besides its owner.
    AddCollaborator,
    /// Take a user off it who does.
    RemoveCollaborator,
    /// Work on it no more, as such a user.
    Leave,
    /// Change its fields, and what is on it.
    Edit,
    /// Put it away.
    Archive,
    /// Take it back from where it was put away.
    Restore,
    /// Erase its personal data.
    Erase,
}

impl LeadAction {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Assign => "assign",
            Self::Release => "release",
            Self::PickUp => "pick_up",
            Self::AddCollaborator => "add_collaborator",
            Self::RemoveCollaborator => "remove_collaborator",
            Self::Leave => "leave",
            Self::Edit => "edit",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Erase => "erase",
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

/// What of a lead decides what can be done with it by who sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeadState {
    /// Whose it is.
    pub owner: Option<UserId>,
    /// Whether the actor may pick it up.
    pub may_pick_up: bool,
    /// Whether users work on it besides its owner.
    pub is_shared: bool,
    /// Whether the actor is one of them.
    pub collaborates: bool,
    /// Whether it was put away.
    pub archived: bool,
    /// Whether its personal data was erased.
    pub erased: bool,
}

/// What an actor may do with a lead that they see this far; `None` = not at all.
#[must_use]
pub fn allowed_actions(actor: &Actor, sight: Option<Sight>, lead: LeadState) -> Vec<LeadAction> {
    let Some(sight) = sight else { return Vec::new() };
    let works = |permission| sight == Sight::Working && actor.may(permission);
    let mut actions = vec![LeadAction::Read];
    let mut allow = |action, is_allowed: bool| {
        if is_allowed {
            actions.push(action);
        }
    };
    let present = !lead.archived;
    let gives = AssignLeads::scope(actor).may_give_away(actor, sight, lead.owner);
    allow(LeadAction::Edit, present && works(Permission::LeadsEdit));
    allow(LeadAction::Assign, present && gives);
    allow(LeadAction::Release, present && gives && lead.owner.is_some());
    allow(LeadAction::PickUp, present && lead.may_pick_up);
    let may_share = actor.organization.allow_multiple_assignees;
    allow(LeadAction::AddCollaborator, present && gives && may_share);
    allow(LeadAction::RemoveCollaborator, present && gives && lead.is_shared);
    allow(LeadAction::Leave, present && lead.collaborates);
    allow(LeadAction::Archive, present && works(Permission::LeadsArchive));
    allow(LeadAction::Restore, !present && !lead.erased && works(Permission::LeadsArchive));
    allow(LeadAction::Erase, !lead.erased && works(Permission::LeadsErase));
    actions
}

#[cfg(test)]
mod tests;
