//! `/v1/organization`.

mod auto_assign_creator;
mod get;
mod update;
