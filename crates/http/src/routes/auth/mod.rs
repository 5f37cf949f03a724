//! Signing in and out.

mod login;
mod logout;
mod refresh;
pub(crate) mod view;

use crate::operations::Operations;

pub(super) fn add(operations: Operations) -> Operations {
    operations
        .add(login::__path_login, login::login)
        .add(refresh::__path_refresh, refresh::refresh)
        .add(logout::__path_logout, logout::logout)
}
