//! The organization's people.

pub(crate) mod change;
mod deactivate;
mod deactivation;
mod deactivation_view;
mod get;
mod invite;
mod invited;
mod list;
pub(crate) mod pause;
mod reactivate;
mod resend;
mod revoke_invitation;
mod undo_deactivation;
pub(crate) mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(list::__path_list_users, list::list_users)
        .add(invite::__path_invite_user, invite::invite_user)
        .add(get::__path_get_user, get::get_user)
        .add(change::__path_change_user, change::change_user)
        .add(resend::__path_resend_invitation, resend::resend_invitation)
        .add(revoke_invitation::__path_revoke_invitation, revoke_invitation::revoke_invitation)
        .add(pause::__path_pause_user, pause::pause_user)
        .add(pause::__path_resume_user, pause::resume_user)
        .add(deactivate::__path_deactivate_user, deactivate::deactivate_user)
        .add(deactivation::__path_get_deactivation, deactivation::get_deactivation)
        .add(undo_deactivation::__path_undo_deactivation, undo_deactivation::undo_deactivation)
        .add(reactivate::__path_reactivate_user, reactivate::reactivate_user)
}
