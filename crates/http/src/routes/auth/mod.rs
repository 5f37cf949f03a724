//! Signing in and out, sessions, forgotten passwords.

mod login;
mod logout;
mod password;
mod refresh;
mod sessions;
mod switch;
pub(crate) mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(login::__path_login, login::login)
        .add(refresh::__path_refresh, refresh::refresh)
        .add(switch::__path_switch_organization, switch::switch_organization)
        .add(logout::__path_logout, logout::logout)
        .add(sessions::list::__path_list_sessions, sessions::list::list_sessions)
        .add(sessions::end::__path_end_session, sessions::end::end_session)
        .add(
            sessions::end_others::__path_end_other_sessions,
            sessions::end_others::end_other_sessions,
        )
        .add(password::forgot::__path_forgot_password, password::forgot::forgot_password)
        .add(password::reset::__path_reset_password, password::reset::reset_password)
}
