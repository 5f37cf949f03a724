//! The program `evenhand`: command line, configuration, wiring, background work.

mod background;
mod clock;
mod commands;
pub mod config;
mod exit;
mod service;
mod telemetry;

use std::process::ExitCode;

/// Runs the command line of this process to its end.
#[must_use]
pub fn main() -> ExitCode {
    commands::run()
}
