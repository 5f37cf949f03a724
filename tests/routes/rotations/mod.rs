//! What the rotations of groups and of teams have in common.

mod dependents;
mod fallback;
mod pause;
mod reset_limits;
mod settings;

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::leads::fresh_number;
use crate::support::world::{Organization, Person};

/// A group and a team, as a path of one and its id, each with these members.
async fn owners(acme: &Organization, members: &[&Person]) -> [(&'static str, String); 2] {
    let group = acme.group("Sales", members).await;
    let team = acme.team("Blue", &[], members).await;
    [("groups", group), ("teams", team)]
}

/// Posts `count` leads to a group or team; who got each, null where nobody did.
async fn deal(client: &Client, kind: &str, id: &str, count: usize) -> Vec<Value> {
    let mut dealt = Vec::new();
    for lead in post(client, kind, id, count).await {
        dealt.push(lead["owner"]["id"].clone());
    }
    dealt
}

async fn post(client: &Client, kind: &str, id: &str, count: usize) -> Vec<Value> {
    let field = if kind == "groups" { "group_id" } else { "team_id" };
    let mut leads = Vec::new();
    for _ in 0..count {
        let email = format!("lee{}@customer.example", fresh_number());
        let lead = json!({"email": email, "assignment": {"mode": "distribute", field: id}});
        leads.push(client.post("/v1/leads", lead).await.expect(201).json());
    }
    leads
}
