//! The program `evenhand`: command line, configuration, wiring, background work.

mod background;
mod clock;
mod commands;
pub mod config;
mod exit;
mod service;
mod telemetry;

use std::process::ExitCode;

/// A third of what a lane did was the allocator of the C library, whose threads share what others free.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs the command line of this process to its end.
#[must_use]
pub fn main() -> ExitCode {
    commands::run()
}
