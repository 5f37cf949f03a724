//! `/v1/events`.

mod list;
