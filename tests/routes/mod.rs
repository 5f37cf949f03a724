//! What each operation promises, one file an operation.

mod activities;
mod api_keys;
mod audit_log;
mod auth;
mod availability;
mod communications;
mod custom_fields;
mod events;
mod groups;
mod invitations;
mod lead_statuses;
mod lead_views;
mod leads;
mod ledger;
mod me;
mod me_password;
mod me_pause;
mod notes;
mod organization;
mod permissions;
mod rotations;
mod routing;
mod simulation;
mod tasks;
mod teams;
mod users;
