//! `/v1/organization`.

mod get;
mod update;
