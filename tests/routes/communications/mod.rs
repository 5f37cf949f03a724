//! `/v1/leads/{id}/communications`; what holds of notes and tasks as well is in `activities`.

mod add;
mod change;
mod list;
