//! Logs: lines on standard error, JSON unless a person is watching.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{Config, ConfigError, LogFormat};

/// What libraries say at every start, or at bytes that are no HTTP, and nobody needs to read; the
/// configured filter comes after.
const QUIET: &str = "sea_orm_migration=warn,sqlx=error,actix_http=off";

/// What would print the database's URL with its password; comes last, so that no configured filter
/// lets it through.
const SECRET: &str = "sea_orm::driver=off,sea_orm::database=off";

/// Starts logging as configured.
///
/// # Errors
/// When the filter is not understood.
pub(crate) fn start(config: &Config) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{},{SECRET}", config.log))
        .map_err(|error| ConfigError::one(format!("log: {error}")))?;
    let json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_writer(stderr);
    // A second subscriber in one process (tests) is no failure: the first one stays.
    let started = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_target(false).try_init()
    };
    drop(started);
    Ok(())
}
