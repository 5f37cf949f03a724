//! The organization's people.

mod get;
mod invite;
mod invited;
mod list;
mod resend;
pub(crate) mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_users, list::list_users)
        .add(invite::__path_invite_user, invite::invite_user)
        .add(get::__path_get_user, get::get_user)
        .add(resend::__path_resend_invitation, resend::resend_invitation)
}
