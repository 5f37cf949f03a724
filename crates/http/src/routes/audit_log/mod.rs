//! The audit log.

mod list;
mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations.add(list::__path_list_audit_log, list::list_audit_log)
}
