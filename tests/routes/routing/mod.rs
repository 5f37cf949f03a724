//! `/v1/routing-rules`.

mod archived_targets;
mod change;
mod create;
mod default;
mod delete;
mod explain;
mod leads;
mod operators;
mod order;

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::client::Client;

const PATH: &str = "/v1/routing-rules";

/// Adds a rule; what was answered.
async fn add(client: &Client, name: &str, conditions: Value, target: Value) -> Value {
    let body = json!({"name": name, "conditions": conditions, "target": target});
    client.post(PATH, body).await.expect(201).json()
}

/// The path of a rule.
#[track_caller]
fn path_of(rule: &Value) -> String {
    format!("{PATH}/{}", text(&rule["id"]))
}

fn from_source(source: &str) -> Value {
    json!({"field": "source", "operator": "eq", "value": source})
}

/// The names of all rules in order.
async fn names(client: &Client) -> Vec<String> {
    let rules = client.get(PATH).await.expect(200).items();
    let positions: Vec<u64> = rules.iter().filter_map(|rule| rule["position"].as_u64()).collect();
    assert!(positions.iter().copied().eq(1..=rules.len() as u64), "{positions:?}");
    rules.iter().map(|rule| text(&rule["name"])).collect()
}
