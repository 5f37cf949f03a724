//! Leads without an owner as conditions in SQL: those of a user's pool, and those in the rotations of
//! their teams. Groups, teams and what they allow are read with every statement.

use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{OwnTeams, Sight, UnassignedScope};
use evenhand_domain::team::TeamSeat;
use sea_orm::Value;

use super::branches::Branch;
use super::scope::place;

/// True for the leads `lead` that are in the pool of a user.
pub(crate) fn in_pool(user: UserId, lead: &str, values: &mut Vec<Value>) -> String {
    let pick_up = picked_up(user, lead, values);
    format!("({} AND {pick_up})", of_nobody(lead))
}

/// What a lead has to be for any pool at all: nobody's, and in no team's rotation, as the indexes
/// `leads_pool` and `leads_pool_of_no_group` have it; and neither put away nor waiting to be dealt.
fn of_nobody(lead: &str) -> String {
    format!(
        "{lead}.owner_id IS NULL AND {lead}.team_id IS NULL AND {lead}.archived_at IS NULL AND NOT EXISTS (\
         SELECT 1 FROM waiting_leads pw WHERE pw.organization_id = {lead}.organization_id \
         AND pw.lead_id = {lead}.id)"
    )
}

/// True for the leads that would be in the pool of a user if they had no owner.
pub(crate) fn picked_up(user: UserId, lead: &str, values: &mut Vec<Value>) -> String {
    let lets = pick_ups(user, &format!("{lead}.organization_id"), values);
    format!(
        "({lead}.team_id IS NULL AND EXISTS (SELECT 1 {lets} AND ps.status = {lead}.status \
         AND ({lead}.group_id IS NULL OR {lead}.group_id = ps.group_id)))"
    )
}

/// The statuses `ps` that a user's groups let them pick up leads in.
fn pick_ups(user: UserId, organization: &str, values: &mut Vec<Value>) -> String {
    let user = place(values, user.uuid());
    format!(
        "FROM rotation_members pm \
         JOIN rotations pr ON pr.organization_id = pm.organization_id AND pr.id = pm.rotation_id \
         JOIN group_pick_up_statuses ps ON ps.organization_id = pr.organization_id \
         AND ps.group_id = pr.group_id \
         WHERE pm.organization_id = {organization} AND pm.user_id = {user} \
         AND pr.archived_at IS NULL"
    )
}

/// The teams that a user sees the unassigned leads of: `tm`.
fn own_teams(user: UserId, own: OwnTeams, organization: &str, values: &mut Vec<Value>) -> String {
    let user = place(values, user.uuid());
    let seat = match own {
        OwnTeams::Managed => format!("AND tm.seat = {}", TeamSeat::Manager.code()),
        OwnTeams::All => String::new(),
    };
    format!(
        "FROM team_members tm WHERE tm.organization_id = {organization} AND tm.user_id = {user} \
         {seat}"
    )
}

/// What shows unassigned leads to a user: a condition on one, and how far it goes.
pub(super) fn ways(
    user: UserId,
    scope: UnassignedScope,
    lead: &str,
    values: &mut Vec<Value>,
) -> Vec<(String, Sight)> {
    let pool = scope.pool.map(|sight| (in_pool(user, lead, values), sight));
    let teams = scope.teams.map(|own| {
        let teams = own_teams(user, own, &format!("{lead}.organization_id"), values);
        let condition = format!(
            "{lead}.owner_id IS NULL AND EXISTS (SELECT 1 {teams} AND tm.team_id = {lead}.team_id)"
        );
        (condition, Sight::Working)
    });
    pool.into_iter().chain(teams).collect()
}

/// The same as branches of a list, where `$1` is the organization.
pub(super) fn branches(
    user: UserId,
    scope: UnassignedScope,
    values: &mut Vec<Value>,
) -> Vec<Branch> {
    let mut branches = scope.pool.map_or_else(Vec::new, |sight| pool_branches(user, sight, values));
    if let Some(own) = scope.teams {
        let teams = own_teams(user, own, "$1", values);
        branches.push(Branch::Leads {
            keys: format!("SELECT tm.team_id {teams}"),
            condition: "l.owner_id IS NULL AND l.team_id = k.team_id".to_owned(),
            sight: Sight::Working,
        });
    }
    branches
}

/// A user's pool: of each group and status, and of each status what is in no rotation. One
/// condition for both would be served by no index.
pub(super) fn pool_branches(user: UserId, sight: Sight, values: &mut Vec<Value>) -> Vec<Branch> {
    let lets = pick_ups(user, "$1", values);
    let branch = |keys: &str, group: &str| Branch::Leads {
        keys: format!("SELECT DISTINCT {keys} {lets}"),
        condition: format!("{} AND l.group_id {group} AND l.status = k.status", of_nobody("l")),
        sight,
    };
    vec![branch("ps.group_id, ps.status", "= k.group_id"), branch("ps.status", "IS NULL")]
}
