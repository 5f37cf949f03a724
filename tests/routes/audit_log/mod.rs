//! `/v1/audit-log`.

mod kinds;
mod list;
