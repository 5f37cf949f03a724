//! Why somebody sees a lead or does not, rule by rule.

use crate::permission::Permission::{LeadsView, LeadsViewAll, LeadsViewTeam};
use crate::permission::lead_access::unassigned::{self, ViewerGroup};
use crate::permission::lead_access::{LeadFacts, Sight};
use crate::permission::{LeadTie, OwnTeams, PermissionSet};
use crate::team::{TeamName, TeamSeat};
use crate::user::{GroupName, Role, UserName, UserStatus};

/// What of a user decides which leads they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerFacts {
    /// Who.
    pub user: UserName,
    /// Where they are in their life cycle.
    pub status: UserStatus,
    /// Their role.
    pub role: Role,
    /// What they may do.
    pub permissions: PermissionSet,
    /// The teams they are on.
    pub teams: Vec<ViewerTeam>,
    /// The groups they are in.
    pub groups: Vec<ViewerGroup>,
}

/// A team that the user in question is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerTeam {
    /// Which.
    pub team: TeamName,
    /// What they are on it.
    pub seat: TeamSeat,
    /// Its users: those of the other seat than manager.
    pub users: Vec<UserName>,
}

/// The rules, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleName {
    /// Nobody sees anything unless they are active.
    UserActive,
    /// Nor without the permission to see leads.
    Permission,
    /// Who sees every lead sees this one.
    Everything,
    /// The owner sees it.
    Owner,
    /// Who shares it sees it.
    Collaborator,
    /// Who owned it before may look at it.
    FormerOwner,
    /// Who entered it may look at it.
    Creator,
    /// Who manages somebody who owns or shares it sees it.
    Team,
    /// Who manages the team in whose rotation it is without an owner sees it.
    UnassignedInTeam,
    /// Whose groups let them pick it up sees it.
    Pool,
}

impl RuleName {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserActive => "user_active",
            Self::Permission => "permission",
            Self::Everything => "everything",
            Self::Owner => "owner",
            Self::Collaborator => "collaborator",
            Self::FormerOwner => "former_owner",
            Self::Creator => "creator",
            Self::Team => "team",
            Self::UnassignedInTeam => "unassigned_in_team",
            Self::Pool => "pool",
        }
    }
}

/// A team by which somebody sees a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedTeam {
    /// The team.
    pub team: TeamName,
    /// Those of its users who own or share the lead.
    pub users: Vec<(UserName, LeadTie)>,
}

/// What one rule says of a user and a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which rule.
    pub name: RuleName,
    /// Whether it applies. The first two rules must, and one of the others.
    pub applies: bool,
    /// Why it applies or does not: a stable code.
    pub reason: &'static str,
    /// The same in words.
    pub detail: String,
    /// With [`RuleName::Team`] and [`RuleName::UnassignedInTeam`]: the teams by which it applies.
    pub teams: Vec<TiedTeam>,
    /// With [`RuleName::Pool`]: the groups by which it applies.
    pub groups: Vec<GroupName>,
}

/// Whether a user sees a lead, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// How far they see it; `None` = not at all.
    pub sight: Option<Sight>,
    /// What each rule says, in the order of [`RuleName`].
    pub rules: Vec<Rule>,
}

/// Why a user sees a lead or does not (product.md, "Roles and what they see").
#[must_use]
pub fn explain(viewer: &ViewerFacts, lead: &LeadFacts) -> Explanation {
    let conditions = [user_active(viewer), permission(viewer)];
    let tie = lead.tie(viewer.user.id);
    let ties = LeadTie::ALL.iter().map(|rule| by_tie(*rule, tie));
    let mut ways = vec![everything(viewer)];
    ways.extend(ties);
    ways.push(team(viewer, lead));
    ways.push(unassigned::in_team(viewer, lead));
    ways.push(unassigned::pool(viewer, lead));
    let sight = if conditions.iter().all(|rule| rule.applies) {
        ways.iter().filter(|rule| rule.applies).map(|rule| sight(viewer, rule.name)).max()
    } else {
        None
    };
    Explanation { sight, rules: conditions.into_iter().chain(ways).collect() }
}

fn sight(viewer: &ViewerFacts, rule: RuleName) -> Sight {
    match rule {
        RuleName::Pool => unassigned::sight_of_pool(viewer),
        RuleName::FormerOwner => Sight::of(LeadTie::FormerOwner),
        RuleName::Creator => Sight::of(LeadTie::Creator),
        RuleName::UserActive
        | RuleName::Permission
        | RuleName::Everything
        | RuleName::Owner
        | RuleName::Collaborator
        | RuleName::Team
        | RuleName::UnassignedInTeam => Sight::Working,
    }
}

pub(super) fn rule(
    name: RuleName,
    applies: bool,
    reason: &'static str,
    detail: impl Into<String>,
) -> Rule {
    let detail = detail.into();
    Rule { name, applies, reason, detail, teams: Vec::new(), groups: Vec::new() }
}

fn user_active(viewer: &ViewerFacts) -> Rule {
    let name = RuleName::UserActive;
    match viewer.status {
        UserStatus::Active => rule(name, true, "active", "the user is active"),
        UserStatus::Invited => {
            rule(name, false, "invited", "the user has not accepted the invitation yet")
        }
        UserStatus::Inactive => rule(name, false, "inactive", "the user was deactivated"),
    }
}

fn permission(viewer: &ViewerFacts) -> Rule {
    held(viewer, RuleName::Permission, LeadsView)
}

fn everything(viewer: &ViewerFacts) -> Rule {
    held(viewer, RuleName::Everything, LeadsViewAll)
}

fn held(viewer: &ViewerFacts, name: RuleName, permission: crate::permission::Permission) -> Rule {
    if viewer.permissions.has(permission) {
        rule(name, true, "permission_held", format!("the user holds {permission}"))
    } else {
        rule(name, false, "permission_missing", format!("the user does not hold {permission}"))
    }
}

/// A user has one tie to a lead, the strongest: a weaker one would show them no more.
fn by_tie(asked: LeadTie, tie: Option<LeadTie>) -> Rule {
    let (name, reason, detail, absent, denial) = match asked {
        LeadTie::Owner => (
            RuleName::Owner,
            "owns_it",
            "the user owns the lead",
            "does_not_own_it",
            "the user does not own the lead",
        ),
        LeadTie::Collaborator => (
            RuleName::Collaborator,
            "shares_it",
            "the user works on the lead besides its owner",
            "does_not_share_it",
            "the lead is not shared with the user",
        ),
        LeadTie::FormerOwner => (
            RuleName::FormerOwner,
            "owned_it",
            "the user owned the lead before and may look at it",
            "never_owned_it",
            "the user did not own the lead before",
        ),
        LeadTie::Creator => (
            RuleName::Creator,
            "entered_it",
            "the user entered the lead and may look at it",
            "did_not_enter_it",
            "the user did not enter the lead",
        ),
    };
    match tie {
        Some(tie) if tie == asked => rule(name, true, reason, detail),
        Some(tie) if tie < asked => {
            let detail = format!("the user is tied to the lead more closely: {tie}");
            rule(name, false, "stronger_tie", detail)
        }
        _ => rule(name, false, absent, denial),
    }
}

fn team(viewer: &ViewerFacts, lead: &LeadFacts) -> Rule {
    let name = RuleName::Team;
    if !viewer.permissions.has(LeadsViewTeam) {
        let detail = format!("the user does not hold {LeadsViewTeam}");
        return rule(name, false, "permission_missing", detail);
    }
    let seen = match seen_teams(viewer) {
        Ok(seen) => seen,
        Err((none, nowhere)) => return rule(name, false, none, nowhere),
    };
    let tied = |team: &&ViewerTeam| {
        let users = team.users.iter().filter_map(|user| {
            let tie = lead.tie(user.id).filter(|tie| tie.is_working())?;
            Some((user.clone(), tie))
        });
        let users: Vec<_> = users.collect();
        (!users.is_empty()).then(|| TiedTeam { team: team.team.clone(), users })
    };
    let teams: Vec<TiedTeam> = seen.iter().filter_map(tied).collect();
    if teams.is_empty() {
        let names: Vec<&str> = seen.iter().map(|team| team.team.name.as_str()).collect();
        let detail = format!("no user of {} owns or shares the lead", names.join(", "));
        return rule(name, false, "no_user_tied", detail);
    }
    let names: Vec<&str> = teams.iter().map(|team| team.team.name.as_str()).collect();
    let detail = format!("users of {} own or share the lead", names.join(", "));
    Rule { teams, ..rule(name, true, "user_tied", detail) }
}

/// The teams that count for the user; a reason and words where there are none.
pub(super) fn seen_teams(
    viewer: &ViewerFacts,
) -> Result<Vec<&ViewerTeam>, (&'static str, &'static str)> {
    let own = OwnTeams::of(viewer.role);
    let seen: Vec<&ViewerTeam> = viewer.teams.iter().filter(|team| own.covers(team.seat)).collect();
    match own {
        _ if !seen.is_empty() => Ok(seen),
        OwnTeams::All => Err(("on_no_team", "the user is on no team")),
        OwnTeams::Managed => Err(("manages_no_team", "the user manages no team")),
    }
}
