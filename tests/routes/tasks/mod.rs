//! `/v1/leads/{id}/tasks` and `/v1/tasks`; what holds of notes and communications as well is in
//! `activities`.

mod add;
mod change;
mod list;
mod list_all;
mod off_boarding;
