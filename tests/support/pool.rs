//! Leads that nobody owns, and the groups that let people pick them up.

use serde_json::{Value, json};

use super::answer::{ids, text};
use super::client::Client;
use super::leads::{fresh_number, lead_for};
use super::world::{Organization, Person, ids_of};

/// A group whose members may pick up leads in these statuses; its id.
pub(crate) async fn group_for(
    acme: &Organization,
    name: &str,
    members: &[&Person],
    statuses: &[&str],
) -> String {
    let body = json!({"name": name, "user_ids": ids_of(members), "pick_up_statuses": statuses});
    text(&acme.owner.post("/v1/groups", body).await.expect(201).json()["id"])
}

/// Grants permissions to people, and none besides.
pub(crate) async fn grant(acme: &Organization, people: &[&Person], permissions: &[&str]) {
    for person in people {
        let path = format!("/v1/users/{}/permissions", person.id);
        acme.owner.put(path, json!({"grant": permissions, "deny": []})).await.expect(200);
    }
}

/// A new lead that nobody owns and no rotation has; its id.
pub(crate) async fn nobodys(acme: &Organization, status: &str) -> String {
    let lead = json!({
        "first_name": "Lee", "email": format!("lee{}@customer.example", fresh_number()),
        "status": status, "assignment": {"mode": "none"},
    });
    text(&acme.owner.post("/v1/leads", lead).await.expect(201).json()["id"])
}

/// A new lead that a group, whose members are put back afterwards, could deal to nobody; its id.
pub(crate) async fn nobodys_of(acme: &Organization, group: &str, members: &[&Person]) -> String {
    set_members(acme, group, &[]).await;
    let lead = acme.owner.post("/v1/leads", lead_for(group, fresh_number())).await.expect(201);
    let lead = lead.json();
    assert_eq!(lead["assignment"]["reason"], "no_members", "{lead}");
    set_members(acme, group, members).await;
    text(&lead["id"])
}

/// Sets the members of a group.
pub(crate) async fn set_members(acme: &Organization, group: &str, members: &[&Person]) {
    let path = format!("/v1/groups/{group}/members");
    acme.owner.put(path, json!({"user_ids": ids_of(members)})).await.expect(200);
}

/// The ids of somebody's pool, narrowed by a further query, by small pages.
pub(crate) async fn pool(client: &Client, further: &str) -> Vec<String> {
    let first = format!("/v1/leads?pool=true&limit=2{further}");
    let (mut path, mut found) = (first.clone(), Vec::new());
    loop {
        let page = client.get(&path).await.expect(200);
        found.extend(ids(&page.items()));
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return found,
        }
    }
}

/// The path of picking a lead up.
pub(crate) fn pick_up(lead: &str) -> String {
    format!("/v1/leads/{lead}/pick-up")
}

/// The latest decision on a lead's ownership.
pub(crate) async fn latest(client: &Client, lead: &str) -> Value {
    let path = format!("/v1/leads/{lead}/assignments");
    client.get(path).await.expect(200).items()[0].clone()
}
