//! The feed of events.

mod list;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(list::__path_list_events, list::list_events)
}
