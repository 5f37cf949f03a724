//! `/v1/leads/{id}/notes`; what holds of communications and tasks as well is in `activities`.

mod add;
mod change;
mod handoff;
mod list;
mod revisions;
