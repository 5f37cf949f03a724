//! Requests for 1,000 leads: adding them, and giving them to somebody else.

use std::time::Instant;

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::check::Check;
use crate::error::{Result, unusable};
use crate::http::Connection;
use crate::load::leads::fresh_load;
use crate::world::{Group, World, uuid};

const PART: &str = "bulk";
/// The most that a request may have.
pub(super) const MANY: usize = 1_000;

/// What becomes of the others when one lead cannot be added.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mode {
    Partial,
    Atomic,
}

impl Mode {
    const fn word(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Atomic => "atomic",
        }
    }
}

pub(crate) async fn run(bench: &mut Bench) -> Result<()> {
    bench.progress.begin(PART, 2 * bench.plan.rounds);
    let postgres = bench.cluster.create("bulk").await?;
    on(bench, "PostgreSQL", &postgres).await?;
    bench.cluster.drop_database("bulk").await?;
    let sqlite = format!("sqlite://{}", bench.folder().join("bulk.db").display());
    on(bench, "SQLite", &sqlite).await
}

async fn on(bench: &mut Bench, what: &str, database: &str) -> Result<()> {
    let (world, server) = World::make(&bench.program, database, 10, 1).await?;
    let mut connection = Connection::open(server.address).await?;
    let group = &world.groups[0];
    for round in 0..bench.plan.rounds {
        bench.progress.step(&format!("round {}: {what}", round + 1));
        let mut ids = Vec::new();
        for mode in [Mode::Partial, Mode::Atomic] {
            let begun = Instant::now();
            ids = add_batch(&mut connection, &world.key, group, round, mode).await?;
            let name = format!("{what}: adding {MANY} leads, {}", mode.word());
            note(bench, name, begun);
        }
        let to = &world.agents[round % world.agents.len()];
        let body = json!({"lead_ids": ids, "to": {"user_id": to.id}});
        let owner = &world.owner.credential;
        let begun = Instant::now();
        let path = "/v1/leads/bulk-assign";
        let told = connection.call("POST", path, owner, Some(&body)).await?;
        note(bench, format!("{what}: giving {MANY} leads to somebody"), begun);
        let settled = told["moved"].as_u64().unwrap_or(0) + told["unchanged"].as_u64().unwrap_or(0);
        if settled != MANY as u64 {
            bench.record.violations(vec![format!("{settled} of {MANY} leads were given away")]);
        }
        let id = uuid(&told["id"])?;
        let begun = Instant::now();
        let path = format!("/v1/bulk-assignments/{id}/undo");
        connection.call("POST", &path, owner, None).await?;
        note(bench, format!("{what}: taking that back"), begun);
    }
    let check = Check::of(database).await?;
    let found = check.strict_order(group).await;
    check.done().await?;
    bench.record.violations(found?);
    server.stop().await?;
    bench.verify(database).await.map(drop)
}

fn note(bench: &mut Bench, name: String, begun: Instant) {
    bench.record.measured(PART, name, "ms", begun.elapsed().as_secs_f64() * 1000.0);
}

/// Adds [`MANY`] leads by one request; their ids.
pub(super) async fn add_batch(
    connection: &mut Connection,
    key: &str,
    group: &Group,
    round: usize,
    mode: Mode,
) -> Result<Vec<Value>> {
    let load = fresh_load();
    let lead = |number: usize| {
        json!({
            "first_name": "Lee",
            "last_name": format!("Number {number}"),
            "email": format!("lee.{load}.{round}.{number}@customer.example"),
            "source": group.source,
        })
    };
    let leads: Vec<Value> = (0..MANY).map(lead).collect();
    let body = json!({"mode": mode.word(), "leads": leads});
    let told = connection.call("POST", "/v1/leads/batch", key, Some(&body)).await?;
    let added: Vec<Value> = told["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item["lead"]["id"].clone())
        .filter(Value::is_string)
        .collect();
    match added.len() {
        MANY => Ok(added),
        count => Err(unusable(format!("{count} of {MANY} leads were added"))),
    }
}
