//! What is true in Evenhand: its words, its rules and the pure engine that deals leads.
//!
//! Nothing here does I/O, is async, or knows of HTTP or SQL. Time, randomness and ids come in as
//! arguments.

pub mod activity;
pub mod audit;
pub mod availability;
pub mod calendar;
pub mod clock;
pub mod contact;
pub mod distribution;
pub mod duplicate;
pub mod error;
pub mod fairness;
pub mod feed;
pub mod group;
pub mod ids;
pub mod lead;
pub mod off_boarding;
pub mod organization;
pub mod origin;
pub mod page;
pub mod permission;
pub mod rotation;
pub mod rotation_owner;
pub mod routing;
pub mod team;
pub mod text;
pub mod throttle;
pub mod user;
pub mod verification;
pub mod waiting;
pub mod when_nobody_eligible;
