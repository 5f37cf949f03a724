//! The HTTP API: the only crate that names actix and utoipa.
//!
//! A request goes through [`middleware`], a guard ([`guard`]), the reading of its parts ([`path`],
//! [`query`], [`body`], [`etag`], [`idempotency`]), and then down: a change to the use cases of
//! `application` and `distribution`, a read to `persistence` with a grant. Every failure comes
//! back as a [`problem`]. [`operations`] holds routes and specification as one object.

pub mod answer;
pub mod app;
pub mod body;
mod client_address;
pub mod cursor;
pub mod etag;
mod fields;
pub mod guard;
pub mod idempotency;
pub mod middleware;
pub mod openapi;
pub mod operations;
pub mod path;
pub mod problem;
pub mod query;
mod routes;
mod schema;
pub mod state;

#[cfg(test)]
mod tests;

pub use app::app;
pub use client_address::{InvalidNetwork, TrustedProxies};
pub use openapi::{openapi, openapi_json};
pub use routes::simulation::{simulated_json, simulation_of};
pub use state::{HttpConfig, HttpState};
