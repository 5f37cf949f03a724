//! Leads: prospective customers, and who got them.

mod access;
mod activity;
mod archive;
mod assignment_body;
mod assignment_view;
mod assignments;
mod batch;
pub(super) mod body;
mod bulk;
mod change;
mod collaborators;
mod counts;
mod create;
mod distribute;
mod erase;
pub(super) mod filter;
mod get;
mod list;
mod owner;
mod pick_up;
mod preview_view;
mod put;
mod put_body;
mod view;

use crate::operations::Operations;

pub(super) use assignment_view::AssignmentView;
pub(super) use filter::may_name;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_leads, list::list_leads)
        .add(create::__path_create_lead, create::create_lead)
        .add(batch::__path_create_leads, batch::create_leads)
        .add(counts::__path_count_leads, counts::count_leads)
        .add(get::__path_get_lead, get::get_lead)
        .add(get::__path_get_lead_by_external_id, get::get_lead_by_external_id)
        .add(put::__path_put_lead_by_external_id, put::put_lead_by_external_id)
        .add(change::__path_change_lead, change::change_lead)
        .add(archive::__path_archive_lead, archive::archive_lead)
        .add(archive::__path_restore_lead, archive::restore_lead)
        .add(erase::__path_erase_lead, erase::erase_lead)
        .add(owner::__path_assign_lead, owner::assign_lead)
        .add(owner::__path_release_lead, owner::release_lead)
        .add(collaborators::__path_put_lead_collaborator, collaborators::put_lead_collaborator)
        .add(
            collaborators::__path_delete_lead_collaborator,
            collaborators::delete_lead_collaborator,
        )
        .add(distribute::__path_distribute_lead, distribute::distribute_lead)
        .add(pick_up::__path_pick_up_lead, pick_up::pick_up_lead)
        .add(bulk::__path_bulk_assign_leads, bulk::bulk_assign_leads)
        .add(bulk::__path_undo_bulk_assignment, bulk::undo_bulk_assignment)
        .add(access::__path_explain_lead_access, access::explain_lead_access)
        .add(activity::__path_list_lead_activity, activity::list_lead_activity)
        .add(assignments::__path_list_lead_assignments, assignments::list_lead_assignments)
}
