//! Custom fields: what the organization's own fields of its leads are.

mod body;
mod change;
mod create;
mod delete;
mod list;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_custom_fields, list::list_custom_fields)
        .add(create::__path_create_custom_field, create::create_custom_field)
        .add(change::__path_change_custom_field, change::change_custom_field)
        .add(delete::__path_delete_custom_field, delete::delete_custom_field)
}
