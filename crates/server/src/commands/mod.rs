//! The command line.

mod check_config;
mod demo;
mod keys;
mod print;
mod serve;
mod setup;
mod simulate;
mod verify;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Settings};
use crate::exit::Failure;
use crate::{service, telemetry};

/// Deals incoming leads strictly in turn, and can prove it.
#[derive(Debug, Parser)]
#[command(name = "evenhand", version, about, after_help = EXIT_CODES)]
struct Cli {
    /// The configuration file (default: evenhand.toml where there is one).
    #[arg(long, global = true, env = "EVENHAND_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 told something that makes no sense, \
                          3 database not reachable or not ready.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API.
    Serve {
        /// Say where as JSON: {"listening": "http://…"}.
        #[arg(long)]
        json: bool,
    },
    /// Serve a throw-away organization with people, a group and leads in it.
    Demo,
    /// Make an organization and its owner; the password comes from standard input or from
    /// EVENHAND_SETUP_PASSWORD.
    Setup(setup::Arguments),
    /// Bring the schema up to date.
    Migrate,
    /// Print the OpenAPI description.
    Openapi,
    /// Rotate the keys that access tokens are signed with.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Verify rotations: their ledgers from the entries alone, and what is stored of them against it.
    Verify(verify::Arguments),
    /// Simulate a rotation: what would become of the next leads, or of a past period's, with some
    /// things otherwise. Writes nothing.
    Simulate(simulate::Arguments),
    /// Check the configuration and show what holds.
    CheckConfig(check_config::Arguments),
}

/// Runs the command line of this process to its end.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            drop(error.print());
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print::error(&failure.to_string());
            failure.code()
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), Failure> {
    let settings = || {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let environment = std::env::vars();
        Settings::load(cli.config.as_deref(), environment)
    };
    match cli.command {
        Command::Openapi => print::raw(&evenhand_http::openapi_json()),
        Command::CheckConfig(arguments) if arguments.defaults => {
            print::raw(&crate::config::default_file())
        }
        Command::CheckConfig(arguments) => {
            let settings = settings()?;
            let config = settings.parse()?;
            block_on(check_config::run(&settings, &config, &arguments))
        }
        Command::Serve { json } => with(&settings()?, |config| serve::run(config, json)),
        Command::Demo => {
            let (settings, folder) = demo::settings(settings()?)?;
            let default_port = settings.is_default("listen");
            with(&settings, |config| demo::run(config, folder, default_port))
        }
        Command::Setup(arguments) => with(&settings()?, |config| setup::run(config, arguments)),
        Command::Migrate => with(&settings()?, migrate),
        Command::Verify(arguments) => with(&settings()?, |config| verify::run(config, arguments)),
        Command::Simulate(arguments) => {
            with(&settings()?, |config| simulate::run(config, arguments))
        }
        Command::Keys(what) => with(&settings()?, |config| keys::run(config, what)),
    }
}

/// Runs `command` with a checked configuration and with logging.
fn with<F, W>(settings: &Settings, command: F) -> Result<(), Failure>
where
    F: FnOnce(Config) -> W,
    W: Future<Output = Result<(), Failure>>,
{
    let config = settings.parse()?;
    telemetry::start(&config)?;
    crash_points()?;
    statement_log()?;
    block_on(command(config))
}

fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(work)
}

async fn migrate(config: Config) -> Result<(), Failure> {
    let store = service::connect(&config).await?.store;
    store.migrate().await?;
    store.close().await?;
    print::line("the schema is up to date")
}

#[cfg(feature = "crash-points")]
fn crash_points() -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "only in programs built for crash tests")]
    let armed = std::env::var("EVENHAND_CRASH_AT");
    match armed {
        Ok(text) if !evenhand_distribution::crash::arm(&text) => {
            Err(Failure::Usage(format!("EVENHAND_CRASH_AT: not <point>:<n>: {text}")))
        }
        _ => Ok(()),
    }
}

#[cfg(not(feature = "crash-points"))]
const fn crash_points() -> Result<(), Failure> {
    Ok(())
}

#[cfg(feature = "statement-log")]
fn statement_log() -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "only in programs built for tests of plans")]
    let file = std::env::var("EVENHAND_STATEMENT_LOG");
    if let Ok(file) = file {
        evenhand_persistence::store::statement_log::keep_in(std::path::Path::new(&file))?;
    }
    Ok(())
}

#[cfg(not(feature = "statement-log"))]
const fn statement_log() -> Result<(), Failure> {
    Ok(())
}
