//! How fast Evenhand is, measured beside what one would use instead, in interleaved rounds: see
//! README.md beside this.

mod accounting;
mod bench;
mod binary;
mod check;
mod cli;
mod environment;
mod error;
mod http;
mod load;
mod machine;
mod naive;
mod parts;
mod pgbench;
mod plan;
mod postgres;
mod print;
mod progress;
mod report;
mod server;
mod statistics;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print::note(&format!("evenhand-bench: {error}"));
            ExitCode::from(2)
        }
    }
}
