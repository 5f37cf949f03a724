mod command;
mod next;
mod otherwise;
mod replay;
mod same_as_real;
mod sight;

use serde_json::Value;

use crate::support::client::Client;

/// A dry run of a group.
async fn simulate(client: &Client, group: &str, body: Value) -> Value {
    client.post(path(group), body).await.expect(200).json()
}

fn path(group: &str) -> String {
    format!("/v1/groups/{group}/distribution/simulate")
}

fn decisions(told: &Value) -> &[Value] {
    told["decisions"].as_array().map_or(&[], Vec::as_slice)
}

/// Whom each lead goes to; null for nobody.
fn receivers(told: &Value) -> Vec<&Value> {
    decisions(told).iter().map(|decision| &decision["user_id"]).collect()
}
