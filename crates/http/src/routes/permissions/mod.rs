//! What people may do: the catalogue, and what is granted and denied to whom.

mod catalogue;
mod copy;
mod get;
mod set;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(catalogue::__path_list_permissions, catalogue::list_permissions)
        .add(get::__path_get_user_permissions, get::get_user_permissions)
        .add(set::__path_set_user_permissions, set::set_user_permissions)
        .add(copy::__path_copy_user_permissions, copy::copy_user_permissions)
}
