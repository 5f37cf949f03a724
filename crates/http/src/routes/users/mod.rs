//! The organization's people.

mod get;
mod invite;
mod list;
pub(crate) mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_users, list::list_users)
        .add(invite::__path_invite_user, invite::invite_user)
        .add(get::__path_get_user, get::get_user)
}
