//! Incoming leads of many organizations at once, some far busier than others.

use super::note;
use super::reads::data::clone_agents;
use crate::bench::Bench;
use crate::check::Check;
use crate::error::Result;
use crate::http::Connection;
use crate::load::leads::{Sender, by_zipf, new_leads};
use crate::postgres::connect;
use crate::server::Server;
use crate::world::{World, set_up};

const PART: &str = "organizations";
const GROUPS: usize = 5;
const AGENTS: usize = 5;

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    let count = bench.plan.organizations;
    bench.progress.begin(PART, 1 + bench.plan.rounds);
    bench.progress.step(&format!("{count} organizations"));
    let database = bench.cluster.create("organizations").await?;
    set_up_all(bench, &database, count).await?;
    let server = Server::evenhand(&bench.program, &database).await?;
    let worlds = fill_all(bench, &server, &database, count).await?;
    let senders: Vec<Sender> =
        worlds.iter().flat_map(|world| super::sender(world, &world.groups)).collect();
    let connections = bench.plan.connections();
    for round in 1..=bench.plan.rounds {
        bench.progress.step(&format!("round {round}"));
        bench.settle(&database).await?;
        let write = new_leads(senders.clone(), by_zipf);
        let outcome = bench.add_leads(&[&server], connections, write).await?;
        let what = format!("{connections} connections, {count} organizations");
        note(&mut bench.record, PART, &what, &outcome);
        bench.check_stored(&database, &outcome).await?;
        let check = Check::of(&database).await?;
        for group in worlds.iter().flat_map(|world| &world.groups) {
            let found = check.strict_order(group).await?;
            bench.record.violations(found);
        }
        check.done().await?;
    }
    server.stop().await?;
    bench.verify(&database).await?;
    bench.cluster.drop_database("organizations").await
}

fn owner_of(number: usize) -> String {
    format!("olivia@acme{number}.example")
}

/// Founds them, as many at once as there are processors.
async fn set_up_all(bench: &Bench, database: &str, count: usize) -> Result<()> {
    // The first makes the schema.
    set_up(&bench.program, database, "Acme 1", &owner_of(1)).await?;
    let numbers: Vec<usize> = (2..=count).collect();
    for some in numbers.chunks(crate::machine::cores()) {
        let mut working = tokio::task::JoinSet::new();
        for number in some {
            let (program, database) = (bench.program.clone(), database.to_owned());
            let (name, email) = (format!("Acme {number}"), owner_of(*number));
            working.spawn(async move { set_up(&program, &database, &name, &email).await });
        }
        for done in working.join_all().await {
            done?;
        }
        bench.progress.tell(&format!("{} organizations", some.last().unwrap_or(&0)));
    }
    Ok(())
}

/// Gives each its key, people, groups and rules.
async fn fill_all(
    bench: &Bench,
    server: &Server,
    database: &str,
    count: usize,
) -> Result<Vec<World>> {
    let mut connection = Connection::open(server.address).await?;
    let sql = connect(database).await?;
    let mut worlds = Vec::new();
    for number in 1..=count {
        let mut world = World::enter(&mut connection, &owner_of(number), 0, 0).await?;
        let members = clone_agents(&sql, &world, AGENTS).await?;
        for group in 1..=GROUPS {
            world.group(&mut connection, &format!("form-{group}"), &members, 0).await?;
        }
        worlds.push(world);
        bench.progress.tell(&format!("{number} of {count} organizations have people and groups"));
    }
    sql.close().await?;
    Ok(worlds)
}
