//! Tasks on leads, and across leads.

mod add;
mod body;
mod change;
mod delete;
mod get;
mod list;
mod list_all;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list_all::__path_list_tasks, list_all::list_tasks)
        .add(list::__path_list_lead_tasks, list::list_lead_tasks)
        .add(add::__path_add_lead_task, add::add_lead_task)
        .add(get::__path_get_lead_task, get::get_lead_task)
        .add(change::__path_change_lead_task, change::change_lead_task)
        .add(delete::__path_delete_lead_task, delete::delete_lead_task)
}
