//! Teams that are dealt to.

use serde_json::{Value, json};

use super::answer::text;
use super::client::Client;
use super::leads::fresh_number;
use super::ledger::expect_sound;
use super::world::World;

/// A lead to be dealt to a team.
pub(crate) fn lead_for_team(team: &str) -> Value {
    let number = fresh_number();
    json!({
        "first_name": "Lee",
        "email": format!("lee{number}@customer.example"),
        "assignment": {"mode": "distribute", "team_id": team},
    })
}

/// Posts `count` leads to a team, one after the other; what was answered.
pub(crate) async fn post_to_team(client: &Client, team: &str, count: usize) -> Vec<Value> {
    let mut leads = Vec::new();
    for _ in 0..count {
        leads.push(client.post("/v1/leads", lead_for_team(team)).await.expect(201).json());
    }
    leads
}

/// Who got each of these leads; null where nobody did.
pub(crate) fn owners(leads: &[Value]) -> Vec<Value> {
    leads.iter().map(|lead| lead["owner"]["id"].clone()).collect()
}

/// The state of a team's rotation.
pub(crate) async fn team_distribution(client: &Client, team: &str) -> Value {
    client.get(format!("/v1/teams/{team}/distribution")).await.expect(200).json()
}

/// Whom a team's rotation deals to, in turn order.
pub(crate) async fn dealt_to(client: &Client, team: &str) -> Vec<String> {
    let state = team_distribution(client, team).await;
    let members = state["members"].as_array().unwrap();
    members.iter().map(|member| text(&member["user"]["id"])).collect()
}

/// Panics unless the ledger of a team's rotation is sound.
pub(crate) async fn expect_sound_team(world: &World, team: &str) {
    let told = team_distribution(&world.owner, team).await;
    let mut leads = Vec::new();
    let first = format!("/v1/leads?limit=100&team_id={team}");
    let mut path = first.clone();
    loop {
        let page = world.owner.get(&path).await.expect(200);
        leads.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => break,
        }
    }
    expect_sound(world, &world.id, &told, &leads).await;
}
