//! Incoming leads on SQLite, beside one transaction a request.

use std::path::Path;

use super::{cost, note, note_size, sender};
use crate::bench::Bench;
use crate::check::Check;
use crate::error::{Result, While as _};
use crate::load::leads::{evenly, new_leads};
use crate::report::Id;
use crate::server::Server;
use crate::world::World;

const PART: &str = "sqlite";

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 1 + 2 * bench.plan.rounds);
    bench.progress.step("two databases");
    let file = bench.folder().join("product.db");
    let product = url(&file);
    let (world, server) = World::make(&bench.program, &product, 10, 1).await?;
    server.stop().await?;
    let copy = bench.folder().join("naive.db");
    std::fs::copy(&file, &copy).whilst("copying a database")?;
    let server = Server::evenhand(&bench.program, &product).await?;
    let naive = Server::naive(&url(&copy)).await?;
    let connections = bench.plan.connections();
    for round in 1..=bench.plan.rounds {
        bench.progress.step(&format!("round {round}: Evenhand"));
        let write = new_leads(sender(&world, &world.groups), evenly);
        let hot = bench.add_leads(&[&server], connections, write).await?;
        note(&mut bench.record, PART, &format!("{connections} connections, one group"), &hot);
        bench.check_stored(&product, &hot).await?;
        let check = Check::of(&product).await?;
        let found = check.strict_order(&world.groups[0]).await;
        check.done().await?;
        bench.record.violations(found?);
        bench.verify(&product).await?;
        bench.until_indexed(&product).await?;
        bench.progress.step(&format!("round {round}: one transaction a request"));
        let write = new_leads(sender(&world, &world.groups), evenly);
        let single = bench.load(&[&naive], connections, 201, write).await?;
        for wrong in &single.wrong {
            bench.record.note(format!("the naive baseline answered: {wrong}"));
        }
        note(&mut bench.record, PART, "one transaction a request", &single);
        bench.record.figure(Id::Sqlite, hot.rate() / single.rate().max(1e-9));
        let share = cost(&hot) / cost(&single).max(1e-9);
        bench.record.measured(PART, "processor time against one transaction a request", "×", share);
    }
    server.stop().await?;
    note_size(bench, PART, &product).await
}

fn url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
