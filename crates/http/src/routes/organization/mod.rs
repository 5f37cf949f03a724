//! The organization and what is set for it.

mod change;
mod get;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(get::__path_get_organization, get::get_organization)
        .add(change::__path_change_organization, change::change_organization)
}
