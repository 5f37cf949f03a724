//! Leads: prospective customers, and who got them.

mod access;
mod assignment_body;
mod assignment_view;
mod assignments;
pub(super) mod body;
mod counts;
mod create;
mod distribute;
pub(super) mod filter;
mod get;
mod list;
mod owner;
mod pick_up;
mod preview_view;
mod view;

use crate::operations::Operations;

pub(super) use assignment_view::AssignmentView;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_leads, list::list_leads)
        .add(create::__path_create_lead, create::create_lead)
        .add(counts::__path_count_leads, counts::count_leads)
        .add(get::__path_get_lead, get::get_lead)
        .add(owner::__path_assign_lead, owner::assign_lead)
        .add(owner::__path_release_lead, owner::release_lead)
        .add(distribute::__path_distribute_lead, distribute::distribute_lead)
        .add(pick_up::__path_pick_up_lead, pick_up::pick_up_lead)
        .add(access::__path_explain_lead_access, access::explain_lead_access)
        .add(assignments::__path_list_lead_assignments, assignments::list_lead_assignments)
}
