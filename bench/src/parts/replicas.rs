//! Two servers on one hot group, beside one.

use super::{note, sender};
use crate::bench::Bench;
use crate::check::Check;
use crate::error::Result;
use crate::load::leads::{evenly, new_leads};
use crate::report::Id;
use crate::server::Server;
use crate::world::World;

const PART: &str = "replicas";

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 1 + 2 * bench.plan.rounds);
    bench.progress.step("two servers");
    let database = bench.cluster.create("replicas").await?;
    let (world, first) = World::make(&bench.program, &database, 10, 1).await?;
    let second = Server::evenhand(&bench.program, &database).await?;
    let connections = bench.plan.connections();
    for round in 1..=bench.plan.rounds {
        let mut rates = Vec::new();
        for servers in [&[&first][..], &[&first, &second][..]] {
            bench.progress.step(&format!("round {round}: {} of them", servers.len()));
            bench.settle(&database).await?;
            let write = new_leads(sender(&world, &world.groups), evenly);
            let outcome = bench.add_leads(servers, connections, write).await?;
            note(&mut bench.record, PART, &format!("{} servers", servers.len()), &outcome);
            rates.push(outcome.rate());
            bench.check_stored(&database, &outcome).await?;
            let check = Check::of(&database).await?;
            let found = check.strict_order(&world.groups[0]).await;
            check.done().await?;
            bench.record.violations(found?);
        }
        if let [one, two] = rates[..] {
            bench.record.figure(Id::Replicas, two / one.max(1e-9));
        }
        bench.verify(&database).await?;
    }
    first.stop().await?;
    second.stop().await?;
    bench.cluster.drop_database("replicas").await
}
