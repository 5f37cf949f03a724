//! Working hours in rotations.

use serde_json::{Value, json};

use super::answer::text;
use super::client::Client;
use super::leads::lead_for;
use super::world::{Person, World};

/// Makes the rotation of a group respect availability, or not any more.
pub(crate) async fn respect_availability(world: &World, group: &str, respects: bool) {
    let body = json!({"distribution": {"respect_availability": respects}});
    world.owner.patch(format!("/v1/groups/{group}"), body).await.expect(200);
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
