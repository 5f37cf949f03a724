//! The database: connections, transactions, queries. The only crate that names sea-orm.
//!
//! Every query that serves a caller takes a [`evenhand_domain::permission::Grant`] and puts its
//! organization and scope into the SQL. What runs before anybody is known (sign-in, tokens) or on
//! behalf of the service is named as such.
//!
//! The same code runs on SQLite and PostgreSQL. Where the SQL has to differ, the two texts stand
//! side by side in one function.

pub mod access;
pub mod accounts;
pub mod activities;
pub mod api_keys;
pub mod audit;
pub mod availability;
pub mod bulk_assignments;
mod convert;
mod entities;
pub mod error;
pub mod events;
pub mod feed;
pub mod groups;
pub mod holidays;
pub mod idempotency;
pub mod intake;
pub mod invitations;
pub mod lead_contacts;
pub mod lead_search;
pub mod lead_views;
pub mod leads;
pub mod ledgers;
mod locks;
pub mod off_boardings;
pub mod open_leads;
pub mod organizations;
pub mod outgoing_mail;
pub mod ownership;
pub mod password_resets;
pub mod pauses;
pub mod permission_overrides;
mod placeholders;
pub mod places;
pub mod rotations;
pub mod routing;
mod rows;
pub mod seal;
pub mod sessions;
pub mod signing_keys;
pub mod store;
pub mod teams;
pub mod throttles;
pub mod timelines;
pub mod users;
pub mod verifications;
pub mod waiting;
mod writes;

pub use error::Error;
pub use store::{Read, Snapshot, Store, StoreOptions, Tx};
pub use writes::Writes;

/// What a query gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;
