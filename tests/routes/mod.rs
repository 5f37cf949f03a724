//! What each operation promises, one file an operation.

mod api_keys;
mod audit_log;
mod auth;
mod availability;
mod custom_fields;
mod groups;
mod invitations;
mod lead_statuses;
mod lead_views;
mod leads;
mod ledger;
mod me;
mod me_password;
mod me_pause;
mod organization;
mod permissions;
mod rotations;
mod routing;
mod simulation;
mod teams;
mod users;
