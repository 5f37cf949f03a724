//! Teams: managers, and the users whose records they see.

mod body;
mod change;
mod create;
mod delete;
mod distribution;
mod get;
mod list;
mod member;
mod members;
mod pause;
mod reset_limits;
mod view;
mod waiting;

use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Grant, ManageTeams};
use evenhand_domain::team::{PlacedSeat, seat_faults};
use evenhand_persistence::teams;

use crate::operations::Operations;
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_teams, list::list_teams)
        .add(create::__path_create_team, create::create_team)
        .add(get::__path_get_team, get::get_team)
        .add(change::__path_change_team, change::change_team)
        .add(delete::__path_delete_team, delete::delete_team)
        .add(members::__path_list_team_members, members::list_team_members)
        .add(members::__path_set_team_members, members::set_team_members)
        .add(member::__path_change_team_member, member::change_team_member)
        .add(distribution::__path_get_team_distribution, distribution::get_team_distribution)
        .add(pause::__path_pause_team_distribution, pause::pause_team_distribution)
        .add(pause::__path_resume_team_distribution, pause::resume_team_distribution)
        .add(reset_limits::__path_reset_team_limits, reset_limits::reset_team_limits)
        .add(waiting::__path_list_team_waiting_leads, waiting::list_team_waiting_leads)
        .add(waiting::__path_deal_team_waiting_lead, waiting::deal_team_waiting_lead)
        .add(waiting::__path_remove_team_waiting_lead, waiting::remove_team_waiting_lead)
}

/// The faults of who cannot be on a team, for a body that is refused anyway: the change itself
/// checks them under lock.
async fn unfit(
    state: &HttpState,
    grant: &Grant<ManageTeams>,
    seats: &[PlacedSeat],
    on_it: &[UserId],
) -> Result<Faults, Problem> {
    let users: Vec<UserId> = seats.iter().map(|placed| placed.user).collect();
    let known = teams::candidates(state.store(), grant, &users).await?;
    Ok(seat_faults(seats, on_it, &known))
}
