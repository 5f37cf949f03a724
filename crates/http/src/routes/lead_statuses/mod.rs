//! Lead statuses: the steps that the organization's leads go through.

mod body;
mod change;
mod create;
mod delete;
mod list;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_lead_statuses, list::list_lead_statuses)
        .add(create::__path_create_lead_status, create::create_lead_status)
        .add(change::__path_change_lead_status, change::change_lead_status)
        .add(delete::__path_delete_lead_status, delete::delete_lead_status)
}
