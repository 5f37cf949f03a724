//! What each operation promises, one file an operation.

mod api_keys;
mod auth;
mod groups;
mod invitations;
mod leads;
mod me;
mod users;
