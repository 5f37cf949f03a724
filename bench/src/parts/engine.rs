//! Dry runs over HTTP, and the verification of a long ledger.

use std::time::Instant;

use serde_json::json;

use super::bulk::{Mode, add_batch};
use crate::bench::Bench;
use crate::error::Result;
use crate::http::Connection;
use crate::world::World;

const PART: &str = "engine";

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 1 + 2 * bench.plan.rounds);
    let database = bench.cluster.create("engine").await?;
    let (mut world, server) = World::make(&bench.program, &database, 10, 1).await?;
    let mut connection = Connection::open(server.address).await?;
    let group = world.groups[0].clone();
    bench.progress.step("a long ledger");
    let begun = Instant::now();
    for batch in 0..bench.plan.ledger_batches {
        add_batch(&mut connection, &world.key, &group, batch, Mode::Atomic).await?;
    }
    let leads = bench.plan.ledger_batches as f64 * 1000.0;
    let rate = leads / begun.elapsed().as_secs_f64();
    bench.record.measured(PART, "leads added 1,000 at a time", "leads/s", rate);
    bench.settle(&database).await?;
    for round in 1..=bench.plan.rounds {
        bench.progress.step(&format!("round {round}: dry run"));
        world.owner.renew(&mut connection).await?;
        let path = format!("/v1/groups/{}/distribution/simulate", group.id);
        let wanted = bench.plan.dry_run;
        let begun = Instant::now();
        let body = json!({"leads": wanted});
        let told = connection.call("POST", &path, &world.owner.credential, Some(&body)).await?;
        let rate = wanted as f64 / begun.elapsed().as_secs_f64();
        bench.record.measured(
            PART,
            format!("dry run of {wanted} leads over HTTP"),
            "leads/s",
            rate,
        );
        let foretold: u64 = told["members"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it["leads"].as_u64())
            .sum();
        if foretold != wanted {
            let wrong = format!("a dry run of {wanted} leads dealt {foretold}");
            bench.record.violations(vec![wrong]);
        }
        bench.progress.step(&format!("round {round}: verification"));
        let begun = Instant::now();
        let entries = bench.verify(&database).await?;
        let rate = entries as f64 / begun.elapsed().as_secs_f64();
        let name = format!("evenhand verify, a ledger of {entries} entries");
        bench.record.measured(PART, name, "entries/s", rate);
    }
    server.stop().await?;
    bench.cluster.drop_database("engine").await
}
