//! Communications with leads.

mod add;
mod body;
mod change;
mod delete;
mod get;
mod list;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_lead_communications, list::list_lead_communications)
        .add(add::__path_add_lead_communication, add::add_lead_communication)
        .add(get::__path_get_lead_communication, get::get_lead_communication)
        .add(change::__path_change_lead_communication, change::change_lead_communication)
        .add(delete::__path_delete_lead_communication, delete::delete_lead_communication)
}
