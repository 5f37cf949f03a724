//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, ValueEnum};

use crate::bench::Bench;
use crate::error::{Result, While as _};
use crate::plan::Plan;
use crate::{naive, parts, print};

/// Measures Evenhand beside what one would use instead.
#[derive(Debug, Parser)]
#[command(name = "evenhand-bench", version, after_help = EXIT_CODES)]
struct Cli {
    /// What to measure.
    #[arg(required_unless_present = "naive_server")]
    parts: Vec<Part>,
    #[command(flatten)]
    options: Options,
    /// Serves the naive baseline on a database, as a process of its own.
    #[arg(long, hide = true, value_name = "URL")]
    naive_server: Option<String>,
}

const EXIT_CODES: &str = "Exit codes: 0 everything was as it must be, however fast; 1 order, limits, \
                          turns, ledgers or acknowledged leads were not; 2 it could not be measured.";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Everything.
    All,
    /// Incoming leads on PostgreSQL.
    Intake,
    /// Incoming leads on SQLite.
    Sqlite,
    /// Two servers on one group.
    Replicas,
    /// Incoming leads of many organizations.
    Organizations,
    /// Lists, searches, counts, timelines.
    Reads,
    /// Dry runs and verification.
    Engine,
    /// Requests for many leads.
    Bulk,
}

impl Part {
    /// All of them, in the order that they run in.
    const EACH: [Self; 7] = [
        Self::Intake,
        Self::Sqlite,
        Self::Replicas,
        Self::Organizations,
        Self::Reads,
        Self::Engine,
        Self::Bulk,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Intake => "intake",
            Self::Sqlite => "sqlite",
            Self::Replicas => "replicas",
            Self::Organizations => "organizations",
            Self::Reads => "reads",
            Self::Engine => "engine",
            Self::Bulk => "bulk",
        }
    }
}

#[derive(Debug, Args)]
struct Options {
    /// A smoke of about two minutes: small sizes, one round. Its figures say little.
    #[arg(long)]
    quick: bool,
    /// Interleaved rounds; at least three unless quick.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The `evenhand` to measure, instead of building this workspace's.
    #[arg(long, value_name = "FILE")]
    server: Option<PathBuf>,
    /// Where the databases are made; on the disk that is to be measured.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Where the results are written; bench/results when absent.
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
}

/// Runs the command line of this process: whether everything was as it must be.
pub(crate) fn run() -> Result<bool> {
    let Cli { parts, options, naive_server } = Cli::parse();
    if let Some(database) = naive_server {
        let system = actix_web::rt::System::new();
        return system.block_on(naive::serve(&database)).map(|()| true);
    }
    let is_wanted = |part: &Part| parts.contains(part) || parts.contains(&Part::All);
    let wanted: Vec<Part> = Part::EACH.into_iter().filter(is_wanted).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.whilst("a runtime")?.block_on(measure(&wanted, options))
}

async fn measure(parts: &[Part], options: Options) -> Result<bool> {
    let plan = if options.quick { Plan::quick() } else { Plan::full(options.rounds) };
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("results");
    let results = options.results.unwrap_or_else(default);
    let mut bench = Bench::start(plan, options.server, options.dir).await?;
    if parts.contains(&Part::Reads) {
        bench.expect_room(bench.plan.bytes_to_read())?;
    }
    let mut done = Vec::new();
    let mut table = String::new();
    for part in parts {
        parts::run(*part, &mut bench).await?;
        done.push(part.name());
        // It takes long: what is known is not lost with what comes.
        table = bench.write(&results, &done)?;
    }
    bench.progress.end();
    print::line(&table);
    print::line(&format!("written to {}", results.display()));
    Ok(bench.record.is_sound())
}
