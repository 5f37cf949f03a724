//! Groups: departments of users, and the rotations that deal to them.

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
mod pick_up;
mod reset_limits;
mod view;
mod waiting;

use evenhand_domain::error::Faults;
use evenhand_domain::ids::UserId;
use evenhand_domain::permission::{Grant, ManageGroups};
use evenhand_domain::user::UserStatus;
use evenhand_persistence::users;

use crate::operations::Operations;
use crate::problem::Problem;
use crate::state::HttpState;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_groups, list::list_groups)
        .add(create::__path_create_group, create::create_group)
        .add(get::__path_get_group, get::get_group)
        .add(change::__path_change_group, change::change_group)
        .add(delete::__path_delete_group, delete::delete_group)
        .add(members::__path_list_group_members, members::list_group_members)
        .add(members::__path_set_group_members, members::set_group_members)
        .add(member::__path_change_group_member, member::change_group_member)
        .add(distribution::__path_get_group_distribution, distribution::get_group_distribution)
        .add(pause::__path_pause_group_distribution, pause::pause_group_distribution)
        .add(pause::__path_resume_group_distribution, pause::resume_group_distribution)
        .add(reset_limits::__path_reset_group_limits, reset_limits::reset_group_limits)
        .add(waiting::__path_list_group_waiting_leads, waiting::list_group_waiting_leads)
        .add(waiting::__path_deal_group_waiting_lead, waiting::deal_group_waiting_lead)
        .add(waiting::__path_remove_group_waiting_lead, waiting::remove_group_waiting_lead)
}

/// The faults of users who cannot be members, for a body that is refused anyway: the change itself
/// checks them under lock.
async fn unknown_users(
    state: &HttpState,
    grant: &Grant<ManageGroups>,
    named: &[(usize, UserId)],
) -> Result<Faults, Problem> {
    let ids: Vec<UserId> = named.iter().map(|(_, id)| *id).collect();
    let known = users::mentioned(state.store(), grant, &ids).await?;
    let mut faults = Faults::default();
    for (index, id) in named {
        if known.get(id).is_none_or(|(_, status)| *status != UserStatus::Active) {
            let pointer = format!("/user_ids/{index}");
            faults.add(pointer, "unknown_user", "not an active user of this organization");
        }
    }
    Ok(faults)
}
