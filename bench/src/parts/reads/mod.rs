//! Reading leads: pages, searches, counts, timelines, at several sizes.

pub(super) mod data;

use std::sync::Arc;
use std::time::Duration;

use self::data::{Big, SMALL_TEAM, cursor_behind, group_of};
use crate::accounting::Watched;
use crate::bench::Bench;
use crate::error::Result;
use crate::http::{Connection, request};
use crate::load::{Load, Outcome, Write};
use crate::pgbench::{self, Pgbench};
use crate::report::{Chart, Id, Scale};

const PART: &str = "reads";
const AGENTS_PAGE: &str = "agent's page of 50";
const EVEN: &str = "manager's page, leads spread evenly";
const SKEWED: &str = "manager's page, only old leads";
const OWNERS_PAGE: &str = "owner's page of 50";
/// Connections for the rate of pages.
const CONNECTIONS: usize = 16;

/// A request that reads, by what it is called.
struct Page {
    name: String,
    credential: String,
    path: String,
}

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 3 + 4 * bench.plan.rounds);
    let mut databases = Vec::new();
    for (name, size) in ["small", "middle", "large"].into_iter().zip(bench.plan.sizes) {
        bench.progress.step(&format!("a database of {size} leads"));
        databases.push(Big::make(bench, name, size).await?);
    }
    bench.cluster.settle().await?;
    for round in 1..=bench.plan.rounds {
        for big in &mut databases {
            big.renew().await?;
        }
        bench.progress.step(&format!("round {round}: sizes"));
        sizes(bench, &databases).await?;
        if let [_, middle, _] = &databases[..] {
            bench.progress.step(&format!("round {round}: everything that is read"));
            everything(bench, middle).await?;
            bench.progress.step(&format!("round {round}: pages a second"));
            pages_a_second(bench, middle).await?;
        }
    }
    chart(bench);
    for big in databases {
        let bytes = bench.bytes_per_lead(&big.url).await?;
        bench.record.measured(PART, at_size("size of the database", big.size), "bytes/lead", bytes);
        bench.verify(&big.url).await?;
        big.server.stop().await?;
        bench.cluster.drop_database(&big.name).await?;
    }
    Ok(())
}

/// The same pages of every size.
async fn sizes(bench: &mut Bench, databases: &[Big]) -> Result<()> {
    let mut medians = Vec::new();
    for big in databases {
        let mut of_size = Vec::new();
        for page in pages_of_any_size(big) {
            let median = read(bench, big, &page).await?;
            let name = at_size(&page.name, big.size);
            bench.record.measured(PART, name, "ms", median);
            of_size.push(median);
        }
        medians.push(of_size);
    }
    if let [small, .., large] = &medians[..] {
        // The page that has become dearest counts.
        let ratios = small.iter().zip(large).map(|(small, large)| large / small.max(1e-6));
        bench.record.figure(Id::Size, ratios.fold(0.0, f64::max));
    }
    Ok(())
}

fn at_size(name: &str, size: u64) -> String {
    format!("{name}, of {size} leads")
}

fn page(name: impl Into<String>, credential: &str, path: impl Into<String>) -> Page {
    Page { name: name.into(), credential: credential.to_owned(), path: path.into() }
}

fn pages_of_any_size(big: &Big) -> Vec<Page> {
    let first = "/v1/leads?limit=50";
    let agent = big.world.agents.first().unwrap_or(&big.world.owner);
    vec![
        page(AGENTS_PAGE, &agent.credential, first),
        page(EVEN, &big.even.credential, first),
        page(OWNERS_PAGE, &big.world.owner.credential, first),
    ]
}

/// Whatever can be read, at the middle size.
async fn everything(bench: &mut Bench, big: &Big) -> Result<()> {
    let first = "/v1/leads?limit=50";
    let owner = &big.world.owner.credential;
    let agent = big.world.agents.first().unwrap_or(&big.world.owner);
    let mut connection = Connection::open(big.server.address).await?;
    let deep = cursor_behind(&mut connection, owner, 40).await?.unwrap_or_default();
    let (group, lead, number) = (group_of(&big.world), big.lead, big.size - 7);
    let mut pages = vec![
        page(EVEN, &big.even.credential, first),
        page(SKEWED, &big.skewed.credential, first),
        page("owner's page, 40 pages on", owner, format!("{first}&cursor={deep}")),
        page("owner, one status", owner, format!("{first}&status=contacted")),
        page("owner, one source", owner, format!("{first}&source=form-7")),
        page("owner, a rare tag", owner, format!("{first}&tag=vip")),
        page("owner, one agent's", owner, format!("{first}&owner={}", agent.id)),
        page("owner, by value", owner, format!("{first}&sort=-value")),
        page("owner, by last change", owner, format!("{first}&sort=-updated_at")),
        page("manager, by value", &big.even.credential, format!("{first}&sort=-value")),
        page("search that one matches", owner, format!("{first}&q=lee{number}@customer")),
        page("search that many match", owner, format!("{first}&q=customer")),
        page("manager's search", &big.even.credential, format!("{first}&q=customer")),
        page("agent's counts by status", &agent.credential, "/v1/leads/counts"),
        page("manager's counts by status", &big.even.credential, "/v1/leads/counts"),
        page("owner's counts by status", owner, "/v1/leads/counts"),
        page("agent's page, with a pool", &big.picker.credential, first),
        page("pool", &big.picker.credential, format!("{first}&pool=true")),
        page("one lead", owner, format!("/v1/leads/{lead}")),
        page("timeline of a lead", owner, format!("/v1/leads/{lead}/activity")),
        page("state of a rotation", owner, format!("/v1/groups/{group}/distribution")),
    ];
    for (users, manager) in &big.larger {
        let name = format!("manager's page, {users} users");
        pages.push(page(name, &manager.credential, first));
    }
    let mut medians = Vec::new();
    for page in &pages {
        let median = read(bench, big, page).await?;
        bench.record.measured(PART, page.name.as_str(), "ms", median);
        medians.push(median);
    }
    if let [even, skewed, ..] = medians[..] {
        bench.record.figure(Id::Skew, skewed / even.max(1e-6));
    }
    Ok(())
}

/// The median time of a page over one connection, in milliseconds.
async fn read(bench: &mut Bench, big: &Big, page: &Page) -> Result<f64> {
    let outcome = load(bench, big, page, 1, bench.plan.page).await?;
    let wrong = outcome.wrong.iter().map(|wrong| format!("{}: {wrong}", page.name));
    bench.record.violations(wrong.collect());
    Ok(outcome.latencies.percentile(50.0) / 1000.0)
}

async fn load(
    bench: &Bench,
    big: &Big,
    page: &Page,
    connections: usize,
    measured: Duration,
) -> Result<Outcome> {
    let bytes = request("GET", &page.path, &page.credential, "");
    let write: Write = Arc::new(move |_, _, request| request.extend_from_slice(&bytes));
    let load = Load {
        addresses: vec![big.server.address],
        connections,
        warm: measured / 4,
        measured,
        watched: Watched {
            servers: vec![big.server.pid()],
            postmaster: Some(bench.cluster.postmaster),
        },
    };
    load.run(200, write).await
}

/// The agent's page as often as it goes, beside its SQL alone.
async fn pages_a_second(bench: &mut Bench, big: &Big) -> Result<()> {
    let Some(agent) = big.world.agents.first() else { return Ok(()) };
    let of_agent = page(AGENTS_PAGE, &agent.credential, "/v1/leads?limit=50");
    let outcome = load(bench, big, &of_agent, CONNECTIONS, bench.plan.measured).await?;
    let (server, database) =
        (outcome.each(outcome.cost.server), outcome.each(outcome.cost.database));
    bench.record.violations(outcome.wrong.clone());
    bench.record.measured(PART, "agent's page: rate", "pages/s", outcome.rate());
    bench.record.measured(PART, "agent's page: processor of the server", "µs/page", server);
    bench.record.measured(PART, "agent's page: processor of the database", "µs/page", database);
    bench.progress.step("the same SQL by pgbench");
    let variables = vec![("org", big.world.id.to_string()), ("reader", agent.id.to_string())];
    let pgbench = Pgbench::new(&bench.cluster, &big.name, variables)?;
    let plan = &bench.plan;
    let sql = pgbench.best(pgbench::AGENTS_PAGE, &plan.clients, plan.baseline).await?;
    bench.record.measured(PART, "agent's page by pgbench: rate", "pages/s", sql.rate);
    let name = "agent's page by pgbench: processor of the database";
    bench.record.measured(PART, name, "µs/page", sql.database_micros);
    bench.record.figure(Id::AgentsPage, outcome.rate() / sql.rate.max(1e-9));
    Ok(())
}

fn chart(bench: &mut Bench) {
    let line = |name: &str| {
        let at = |size: u64| (size as f64, bench.record.median_of(PART, &at_size(name, size)));
        (name.to_owned(), bench.plan.sizes.map(at).to_vec())
    };
    let chart = Chart {
        title: "Time of a page of 50 against the size of the table".to_owned(),
        across: ("leads", Scale::Logarithmic),
        up: ("milliseconds", Scale::Linear),
        lines: [AGENTS_PAGE, EVEN, OWNERS_PAGE].map(line).to_vec(),
    };
    bench.record.chart(chart);
    let users = bench.plan.agents;
    bench.record.note(format!(
        "reads: {users} agents have the leads evenly, {SMALL_TEAM} have only the oldest; the newest \
         {} leads have a line of the log and can be searched",
        bench.plan.logged
    ));
}
