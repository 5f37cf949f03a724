//! The operations, a folder per resource and a file per operation.

mod api_keys;
mod auth;
pub(crate) mod docs;
mod groups;
mod invitations;
mod leads;
mod me;
mod meta;
mod organization_view;
mod rotation_view;
mod users;

use crate::openapi::base;
use crate::operations::Operations;

/// All of them.
pub(crate) fn operations() -> Operations {
    let add = [
        auth::add,
        invitations::add,
        me::add,
        users::add,
        api_keys::add,
        groups::add,
        leads::add,
        meta::add,
    ];
    add.into_iter().fold(Operations::new(base()), |operations, add| add(operations))
}
