//! Incoming leads on PostgreSQL, beside what else could write the same rows.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use super::{cost, note, note_size, sender};
use crate::accounting::Watched;
use crate::bench::Bench;
use crate::check::Check;
use crate::error::Result;
use crate::load::Outcome;
use crate::load::leads::{evenly, new_leads};
use crate::pgbench::{self, Pgbench, Script};
use crate::postgres::{Cluster, connect};
use crate::report::{Chart, Id, Scale};
use crate::server::Server;
use crate::world::{Group, World};

const PART: &str = "intake";
/// Everybody's daily limit in the group that shows that limits hold, and its members.
const LIMIT: u32 = 3;
const AGENTS: usize = 10;

/// Three databases that were the same at the beginning: the product's, and the two baselines'.
struct Scene {
    world: World,
    product: String,
    server: Server,
    naive: Server,
    pgbench: Pgbench,
}

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 2 + bench.plan.rounds * (7 + bench.plan.curve.len()));
    bench.progress.step("three databases");
    let mut scene = Scene::set_up(bench).await?;
    for round in 1..=bench.plan.rounds {
        scene.round(bench, round).await?;
    }
    bench.progress.step("limits");
    scene.limits(bench).await?;
    charts(bench);
    let watched = Watched { servers: vec![scene.server.pid()], postmaster: None };
    let peak = watched.peak_memory() as f64 / (1024.0 * 1024.0);
    bench.record.measured(PART, "peak memory of the server", "MiB", peak);
    bench.record.figure(Id::Memory, peak);
    scene.server.stop().await?;
    note_size(bench, PART, &scene.product).await?;
    bench.verify(&scene.product).await?;
    for database in ["product", "baseline", "naive"] {
        bench.cluster.drop_database(database).await?;
    }
    Ok(())
}

impl Scene {
    async fn set_up(bench: &Bench) -> Result<Self> {
        let product = bench.cluster.create("product").await?;
        let groups = bench.plan.groups + 1;
        let (mut world, server) = World::make(&bench.program, &product, AGENTS, groups).await?;
        server.stop().await?;
        find_rotations(&mut world, &product).await?;
        let baseline = bench.cluster.copy("product", "baseline").await?;
        let naive = bench.cluster.copy("product", "naive").await?;
        let pgbench = prepare(&bench.cluster, &baseline, &world).await?;
        let server = Server::evenhand(&bench.program, &product).await?;
        let naive = Server::naive(&naive).await?;
        Ok(Self { world, product, server, naive, pgbench })
    }

    fn hot(&self) -> &[Group] {
        &self.world.groups[..1]
    }

    /// Everything once, each beside what it is compared with.
    async fn round(&mut self, bench: &mut Bench, round: usize) -> Result<()> {
        let step = |what: &str| format!("round {round}: {what}");
        let connections = bench.plan.connections();
        bench.progress.step(&step("Evenhand, one hot group"));
        let hot = self.product(bench, connections, false).await?;
        note(&mut bench.record, PART, &format!("{connections} connections, one group"), &hot);
        for (script, id) in [
            (pgbench::INTERACTIVE, Id::Interactive),
            (pgbench::ONE_CALL, Id::OneCall),
            (pgbench::SIXTY_FOUR, Id::SixtyFour),
        ] {
            bench.progress.step(&step(&format!("pgbench, {}", script.name)));
            let rate = self.baseline(bench, script).await?;
            bench.record.figure(id, hot.rate() / rate);
        }
        bench.progress.step(&step("the naive one, one hot group"));
        let naive = self.naive(bench, connections).await?;
        note(&mut bench.record, PART, &format!("naive, {connections} connections"), &naive);
        bench.record.figure(Id::Cpu, cost(&hot) / cost(&naive).max(1e-9));
        let (p50, p99) = (hot.latencies.percentile(50.0), hot.latencies.percentile(99.0));
        bench.record.figure(Id::Tail, p99 / p50.max(1.0));

        bench.progress.step(&step("Evenhand, many groups"));
        let many = self.product(bench, connections, true).await?;
        note(&mut bench.record, PART, &format!("{connections} connections, many groups"), &many);
        bench.progress.step(&step("pgbench, many groups"));
        let rate = self.baseline(bench, pgbench::MANY_GROUPS).await?;
        bench.record.figure(Id::ManyGroups, many.rate() / rate);

        for connections in bench.plan.curve.clone() {
            if connections == bench.plan.connections() {
                continue;
            }
            bench.progress.step(&step(&format!("Evenhand, {connections} connections")));
            let few = self.product(bench, connections, false).await?;
            note(&mut bench.record, PART, &format!("{connections} connections, one group"), &few);
            if connections == 1 {
                bench.progress.step(&step("the naive one, one connection"));
                let naive = self.naive(bench, 1).await?;
                note(&mut bench.record, PART, "naive, 1 connections", &naive);
                let median = |outcome: &Outcome| outcome.latencies.percentile(50.0).max(1.0);
                bench.record.figure(Id::OneConnection, median(&few) / median(&naive));
            }
        }
        bench.verify(&self.product).await?;
        Ok(())
    }

    /// Loads Evenhand, and checks what it has done.
    async fn product(
        &self,
        bench: &mut Bench,
        connections: usize,
        is_many: bool,
    ) -> Result<Outcome> {
        bench.settle(&self.product).await?;
        let groups = if is_many { &self.world.groups[1..] } else { self.hot() };
        let write = new_leads(sender(&self.world, groups), evenly);
        let outcome = bench.add_leads(&[&self.server], connections, write).await?;
        bench.check_stored(&self.product, &outcome).await?;
        let check = Check::of(&self.product).await?;
        for group in groups {
            let found = check.strict_order(group).await?;
            bench.record.violations(found);
        }
        check.done().await?;
        bench.settle(&self.product).await?;
        Ok(outcome)
    }

    async fn naive(&self, bench: &mut Bench, connections: usize) -> Result<Outcome> {
        let write = new_leads(sender(&self.world, self.hot()), evenly);
        let outcome = bench.load(&[&self.naive], connections, 201, write).await?;
        for wrong in &outcome.wrong {
            bench.record.note(format!("the naive baseline answered: {wrong}"));
        }
        bench.cluster.settle().await?;
        Ok(outcome)
    }

    /// The best rate of a script.
    async fn baseline(&self, bench: &mut Bench, script: Script) -> Result<f64> {
        let Bench { plan, record, cluster, .. } = bench;
        let ran = self.pgbench.best(script, &plan.clients, plan.baseline).await?;
        let name = format!("pgbench, {}", script.name);
        record.measured(PART, format!("{name}: rate"), "leads/s", ran.rate);
        record.measured(PART, format!("{name}: clients"), "", ran.clients as f64);
        let micros = ran.database_micros;
        record.measured(PART, format!("{name}: processor of the database"), "µs/lead", micros);
        cluster.settle().await?;
        Ok(ran.rate)
    }

    /// Many at once for a group whose members may have a few each.
    async fn limits(&mut self, bench: &mut Bench) -> Result<()> {
        let mut connection = crate::http::Connection::open(self.server.address).await?;
        self.world.owner.renew(&mut connection).await?;
        let members: Vec<_> = self.world.agents.iter().map(|agent| agent.id).collect();
        let group = self.world.group(&mut connection, "limited", &members, LIMIT).await?;
        let write = new_leads(sender(&self.world, std::slice::from_ref(&group)), evenly);
        let connections = bench.plan.connections();
        let outcome = bench.add_leads(&[&self.server], connections, write).await?;
        bench.check_stored(&self.product, &outcome).await?;
        let check = Check::of(&self.product).await?;
        let found = check.limit(&group, i64::from(LIMIT)).await;
        check.done().await?;
        bench.record.violations(found?);
        Ok(())
    }
}

/// Notes the rotation of each group.
async fn find_rotations(world: &mut World, database: &str) -> Result<()> {
    let check = Check::of(database).await?;
    let rotations = check.rotations().await?;
    check.done().await?;
    for group in &mut world.groups {
        group.rotation = rotations.get(&group.id).copied().unwrap_or_default();
    }
    Ok(())
}

/// What pgbench's scripts need besides the product's schema.
async fn prepare(cluster: &Cluster, database: &str, world: &World) -> Result<Pgbench> {
    let connection = connect(database).await?;
    connection.execute_unprepared(pgbench::FUNCTIONS).await?;
    // The product takes a rotation without a cursor from its beginning.
    let begin = "UPDATE rotations r SET next_user_id = (SELECT m.user_id FROM rotation_members m \
                 WHERE m.organization_id = r.organization_id AND m.rotation_id = r.id \
                 ORDER BY m.position LIMIT 1) WHERE next_user_id IS NULL";
    connection.execute_unprepared(begin).await?;
    for (number, group) in (1_i32..).zip(&world.groups[1..]) {
        let sql = "INSERT INTO bench_rotations (number, rotation_id, group_id) VALUES ($1, $2, $3)";
        let values = [number.into(), group.rotation.into(), group.id.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        connection.execute_raw(statement).await?;
    }
    connection.close().await?;
    let hot = &world.groups[0];
    let count = world.groups.len() - 1;
    let variables = pgbench::variables(world.id, world.key_id, (hot.rotation, hot.id), count);
    let name = Path::new(database).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Pgbench::new(cluster, name, variables)
}

fn charts(bench: &mut Bench) {
    let plan = &bench.plan;
    let record = &bench.record;
    let of = |what: &str| {
        let at = |connections: &usize| {
            let name = format!("{connections} connections, one group: {what}");
            (*connections as f64, record.median_of(PART, &name))
        };
        plan.curve.iter().map(at).collect::<Vec<_>>()
    };
    let ends = [1.0, plan.connections() as f64];
    let level = |what: &str| {
        let rate = record.median_of(PART, &format!("pgbench, {what}: rate"));
        ends.map(|connections| (connections, rate)).to_vec()
    };
    let naive = ends.map(|connections| {
        let rate = record.median_of(PART, &format!("naive, {connections} connections: rate"));
        (connections, rate)
    });
    let throughput = Chart {
        title: "Leads a second against connections, one hot group".to_owned(),
        across: ("connections", Scale::Logarithmic),
        up: ("leads a second", Scale::Logarithmic),
        lines: vec![
            ("Evenhand".to_owned(), of("rate")),
            ("naive".to_owned(), naive.to_vec()),
            ("pgbench, interactive".to_owned(), level("interactive")),
            ("pgbench, one call".to_owned(), level("one call")),
            ("pgbench, 64 a time".to_owned(), level("64 a transaction")),
        ],
    };
    let latency = Chart {
        title: "Latency against connections, one hot group".to_owned(),
        across: ("connections", Scale::Logarithmic),
        up: ("milliseconds", Scale::Logarithmic),
        lines: ["p50", "p90", "p99", "p99.9"]
            .map(|percentile| (percentile.to_owned(), of(percentile)))
            .to_vec(),
    };
    bench.record.chart(throughput);
    bench.record.chart(latency);
}
