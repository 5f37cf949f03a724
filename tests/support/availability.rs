//! Working hours in rotations.

use serde_json::{Value, json};

use super::answer::text;
use super::client::Client;
use super::leads::lead_for;
use super::ledger::open_store;
use super::world::{Person, World};
use evenhand_domain::ids::{OrganizationId, RotationId};
use evenhand_domain::rotation::Policy;
use evenhand_persistence::rotations::{self, RotationEntry};

/// Makes the rotation of a group respect availability, or not any more.
pub(crate) async fn respect_availability(world: &World, group: &str, respects: bool) {
    let state = super::leads::distribution(&world.owner, group).await;
    let organization: OrganizationId = world.id.parse().unwrap();
    let rotation: RotationId = text(&state["rotation_id"]).parse().unwrap();
    let store = open_store(&world.database).await;
    let mut tx = store.begin().await.unwrap();
    let mut locked = rotations::lock_each(&mut tx, organization, &[rotation]).await.unwrap();
    let rotation = locked.first_mut().unwrap();
    let last = rotation.moment(rotation.state.last_at);
    let policy = Policy { respects_availability: respects, ..rotation.state.policy };
    let entry = rotation.state.set_policy(policy, last).unwrap().unwrap();
    rotations::save_settings(&mut tx, rotation).await.unwrap();
    let (organization_id, rotation_id) = rotation.key();
    let entry = RotationEntry { organization_id, rotation_id, entry };
    rotations::save(&mut tx, [&mut *rotation], vec![entry]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await.unwrap();
}

/// Sets that somebody works at these hours, `sunday 09:00 17:00`, in a zone.
pub(crate) async fn works(person: &Person, zone: &str, hours: &[&str]) {
    let hours: Vec<Value> = hours
        .iter()
        .map(|hours| {
            let mut words = hours.split(' ');
            json!({"day": words.next(), "from": words.next(), "to": words.next()})
        })
        .collect();
    set(person, json!({"time_zone": zone, "weekly": hours})).await;
}

/// Sets somebody's availability.
pub(crate) async fn set(person: &Person, body: Value) {
    person.put("/v1/me/availability", body).await.expect(200);
}

/// Posts a lead to a group; who got it, if anybody.
pub(crate) async fn dealt(client: &Client, group: &str) -> Option<String> {
    let body = lead_for(group, super::leads::fresh_number());
    let lead = client.post("/v1/leads", body).await.expect(201).json();
    if lead["owner"].is_null() {
        assert_eq!(lead["assignment"]["reason"], "nobody_available");
    }
    lead["owner"]["id"].as_str().map(str::to_owned)
}

/// Why members are passed over by the last decision about a lead, and until when; in turn order.
pub(crate) async fn skips(client: &Client, lead: &Value) -> Vec<(Value, Value)> {
    let path = format!("/v1/leads/{}/assignments", text(&lead["id"]));
    let told = client.get(path).await.expect(200).items();
    let members = told[0]["explanation"]["members"].as_array().unwrap().iter();
    members.map(|member| (member["reason"].clone(), member["until"].clone())).collect()
}
