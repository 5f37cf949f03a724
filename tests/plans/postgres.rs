//! What PostgreSQL does of a statement: it is carried out, and what it looks at is counted.

use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{LARGE, Plans, Promise};
use crate::support::cluster::connect;
use crate::support::database::Database;

/// The most rows of large tables that a page is found among.
const READ: u64 = 3_000;
/// The most rows that are sorted for it: a page of each of those whose leads it is made of, and more
/// where they are narrowed down.
const SORTED: u64 = 1_000;

/// Large ones that the fill leaves small.
const SMALL: [&str; 3] = ["lead_search", "event_details", "waiting_leads"];

pub(super) async fn plans(database: &Database, statements: &[String], promise: Promise) -> Plans {
    let client = connect(database.url()).await;
    let mut plans = Plans::default();
    for sql in statements {
        let plan = explained(&client, sql).await;
        let mut read = 0;
        visit(&plan["Plan"], promise, &mut read, &mut plans);
        if promise == Promise::Page && read > READ {
            plans.faults.push(("more than a page is read", format!("{read}\n{sql}\n{plan:#}")));
        }
    }
    plans
}

async fn explained(client: &Client, sql: &str) -> Value {
    let explain =
        format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) {sql}");
    let rows = client.simple_query(&explain).await;
    let rows = rows.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    let lines = rows.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let mut plans: Value = serde_json::from_str(&lines.collect::<Vec<_>>().join("\n")).unwrap();
    plans[0].take()
}

fn visit(node: &Value, promise: Promise, read: &mut u64, plans: &mut Plans) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    let relation = node["Relation Name"].as_str().filter(|table| LARGE.contains(table));
    let count = |node: &Value, what: &str| {
        let each = node[what].as_f64().unwrap_or_default();
        (each * node["Actual Loops"].as_f64().unwrap_or_default()).round() as u64
    };
    if let Some(table) = relation {
        *read += count(node, "Actual Rows")
            + count(node, "Rows Removed by Filter")
            + count(node, "Rows Removed by Index Recheck");
        if kind == "Seq Scan" {
            // Of what the fill leaves small, all is soonest read; and what sorts or counts most of a
            // table may read it as it lies.
            if promise == Promise::Page && !SMALL.contains(&table) {
                plans.faults.push(("a table is read as a whole", format!("{table}\n{node:#}")));
            }
        }
    }
    if let Some(index) = node["Index Name"].as_str()
        && LARGE.iter().any(|table| index.strip_prefix(table).is_some_and(|it| it.starts_with('_')))
        && promise != Promise::All
    {
        plans.ways.insert(index.to_owned());
    }
    let parts = node["Plans"].as_array().map(Vec::as_slice).unwrap_or_default();
    if matches!(kind, "Sort" | "Incremental Sort") {
        let sorted: u64 = parts.iter().map(|part| count(part, "Actual Rows")).sum();
        let most = match promise {
            Promise::Page => SORTED,
            Promise::Sorted | Promise::All => 11_000,
        };
        if sorted > most {
            plans.faults.push(("too much is sorted", format!("{sorted}\n{node:#}")));
        }
    }
    for part in parts {
        visit(part, promise, read, plans);
    }
}
