//! The parts, each by itself.

mod bulk;
mod engine;
mod intake;
mod organizations;
mod reads;
mod replicas;
mod sqlite;

use std::time::Instant;

use crate::bench::Bench;
use crate::cli::Part;
use crate::error::Result;
use crate::load::Outcome;
use crate::load::leads::Sender;
use crate::report::Record;
use crate::world::{Group, World};

/// Measures a part.
pub(crate) async fn run(part: Part, bench: &mut Bench) -> Result<()> {
    let begun = Instant::now();
    match part {
        Part::All => Ok(()),
        Part::Intake => intake::run(bench).await,
        Part::Sqlite => sqlite::run(bench).await,
        Part::Replicas => replicas::run(bench).await,
        Part::Organizations => organizations::run(bench).await,
        Part::Reads => reads::run(bench).await,
        Part::Engine => engine::run(bench).await,
        Part::Bulk => bulk::run(bench).await,
    }?;
    bench.progress.end();
    let seconds = begun.elapsed().as_secs_f64();
    bench.record.measured(part.name(), "this part took", "s", seconds);
    Ok(())
}

/// Who posts leads for these groups of an organization.
fn sender(world: &World, groups: &[Group]) -> Vec<Sender> {
    let sources = groups.iter().map(|group| group.source.clone()).collect();
    vec![Sender { credential: world.key.clone(), sources }]
}

/// Processor time for each lead in microseconds, of the server and of the database.
fn cost(outcome: &Outcome) -> f64 {
    outcome.each(outcome.cost.server) + outcome.each(outcome.cost.database)
}

/// Notes how large a database is for each lead in it.
async fn note_size(bench: &mut Bench, part: &'static str, database: &str) -> Result<()> {
    let bytes = bench.bytes_per_lead(database).await?;
    bench.record.measured(part, "size of the database", "bytes/lead", bytes);
    Ok(())
}

/// Notes all that a load of leads says.
fn note(record: &mut Record, part: &'static str, what: &str, outcome: &Outcome) {
    let latencies = &outcome.latencies;
    record.measured(part, format!("{what}: rate"), "leads/s", outcome.rate());
    for percent in [50.0, 90.0, 99.0, 99.9] {
        let time = latencies.percentile(percent) / 1000.0;
        record.measured(part, format!("{what}: p{percent}"), "ms", time);
    }
    let cost = &outcome.cost;
    for (whose, spent) in
        [("server", cost.server), ("database", cost.database), ("load generator", cost.generator)]
    {
        let each = outcome.each(spent);
        record.measured(part, format!("{what}: processor of the {whose}"), "µs/lead", each);
    }
}
