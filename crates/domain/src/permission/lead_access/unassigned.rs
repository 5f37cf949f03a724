//! The rules about leads without an owner: those in the rotations of one's teams, and one's pool.

use super::explain::{Rule, RuleName, TiedTeam, ViewerFacts, rule, seen_teams};
use super::{LeadFacts, Sight};
use crate::permission::Permission::{LeadsPickUp, LeadsViewUnassigned};
use crate::user::GroupName;

/// A group that the user in question is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewerGroup {
    /// Which.
    pub group: GroupName,
    /// The statuses in which its members may pick up leads.
    pub pick_up_statuses: Vec<String>,
}

/// Whether the lead waits for an owner in the rotation of a team that counts for the user.
pub(super) fn in_team(viewer: &ViewerFacts, lead: &LeadFacts) -> Rule {
    let name = RuleName::UnassignedInTeam;
    if !viewer.permissions.has(LeadsViewUnassigned) {
        let detail = format!("the user does not hold {LeadsViewUnassigned}");
        return rule(name, false, "permission_missing", detail);
    }
    if !lead.is_unassigned() {
        return rule(name, false, "has_an_owner", "the lead has an owner");
    }
    let seen = match seen_teams(viewer) {
        Ok(seen) => seen,
        Err((none, nowhere)) => return rule(name, false, none, nowhere),
    };
    match seen.into_iter().find(|team| Some(team.team.id) == lead.team_id) {
        Some(team) => {
            let detail =
                format!("the lead has no owner and is in the rotation of {}", team.team.name);
            let teams = vec![TiedTeam { team: team.team.clone(), users: Vec::new() }];
            Rule { teams, ..rule(name, true, "in_their_rotation", detail) }
        }
        None => {
            let detail = "the lead is in the rotation of no such team";
            rule(name, false, "in_no_such_rotation", detail)
        }
    }
}

/// Whether the lead is in the pool of the user (product.md, "Words"): one without an owner, in a
/// status that a group of theirs lets its members pick up, and given to the rotation of that group
/// or to none; neither archived nor waiting to be dealt.
pub(super) fn pool(viewer: &ViewerFacts, lead: &LeadFacts) -> Rule {
    let name = RuleName::Pool;
    let held = |permission| viewer.permissions.has(permission);
    if !held(LeadsPickUp) && !held(LeadsViewUnassigned) {
        let detail = format!("the user holds neither {LeadsPickUp} nor {LeadsViewUnassigned}");
        return rule(name, false, "permission_missing", detail);
    }
    if !lead.is_unassigned() {
        return rule(name, false, "has_an_owner", "the lead has an owner");
    }
    if lead.archived {
        return rule(name, false, "archived", "the lead is archived");
    }
    if lead.waits {
        return rule(name, false, "waiting", "the lead is on a waiting list");
    }
    if lead.team_id.is_some() {
        return rule(name, false, "in_another_rotation", "the lead is in the rotation of a team");
    }
    let of_groups: Vec<&ViewerGroup> = viewer
        .groups
        .iter()
        .filter(|group| lead.group_id.is_none_or(|of| of == group.group.id))
        .collect();
    if of_groups.is_empty() {
        return match lead.group_id {
            None => rule(name, false, "in_no_group", "the user is in no group"),
            Some(_) => {
                let detail = "the lead is in the rotation of a group that the user is not in";
                rule(name, false, "in_another_rotation", detail)
            }
        };
    }
    let lets = |group: &&&ViewerGroup| group.pick_up_statuses.contains(&lead.status);
    let groups: Vec<GroupName> =
        of_groups.iter().filter(lets).map(|group| group.group.clone()).collect();
    if groups.is_empty() {
        let names: Vec<&str> = of_groups.iter().map(|group| group.group.name.as_str()).collect();
        let detail =
            format!("{} lets nobody pick up leads in status {}", names.join(", "), lead.status);
        return rule(name, false, "status_not_picked_up", detail);
    }
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let detail = format!("{} lets its members pick it up", names.join(", "));
    Rule { groups, ..rule(name, true, "may_be_picked_up", detail) }
}

/// Who sees unassigned leads by permission works on those of their pool; who may pick them up and
/// no more looks at them.
pub(super) fn sight_of_pool(viewer: &ViewerFacts) -> Sight {
    if viewer.permissions.has(LeadsViewUnassigned) { Sight::Working } else { Sight::ReadOnly }
}
