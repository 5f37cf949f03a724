//! Deactivations, and what must hold for leads that change hands by them.

use serde_json::Value;

use super::answer::{Answer, text};
use super::client::Client;
use super::wait::eventually;
use super::world::Person;

/// Deactivates somebody.
pub(crate) async fn deactivate(client: &Client, person: &Person, body: Value) -> Answer {
    client.post(format!("/v1/users/{}/deactivate", person.id), body).await
}

/// What would be done.
pub(crate) async fn preview(client: &Client, person: &Person, body: Value) -> Answer {
    client.post(format!("/v1/users/{}/deactivate?preview=true", person.id), body).await
}

/// Takes a deactivation back.
pub(crate) async fn undo(client: &Client, person: &Person) -> Answer {
    let path = format!("/v1/users/{}/deactivate/undo", person.id);
    client.request(reqwest::Method::POST, path).await
}

/// Makes somebody active again.
pub(crate) async fn reactivate(client: &Client, person: &Person) -> Answer {
    let path = format!("/v1/users/{}/reactivate", person.id);
    client.request(reqwest::Method::POST, path).await
}

/// The latest deactivation of somebody once it moves no more leads.
pub(crate) async fn settled(client: &Client, person: &Person) -> Value {
    let path = format!("/v1/users/{}/deactivation", person.id);
    eventually("every lead is moved", || async {
        let answer = client.on_a_new_connection().get(&path).try_send().await.ok()?;
        if answer.status == 503 {
            return None;
        }
        let told = answer.expect(200).json();
        (told["status"] != "running").then_some(told)
    })
    .await
}

/// The counts of a deactivation: total, moved, unassigned, skipped.
#[track_caller]
pub(crate) fn counts(deactivation: &Value) -> [u64; 4] {
    let leads = &deactivation["leads"];
    let counts =
        ["total", "moved", "unassigned", "skipped"].map(|name| leads[name].as_u64().unwrap());
    let [_, moved, unassigned, skipped] = counts;
    assert_eq!(leads["done"], moved + unassigned + skipped, "{deactivation}");
    counts
}

/// The decisions on a lead, newest first: an unbroken chain that ends with its owner.
pub(crate) async fn history(client: &Client, lead: &Value) -> Vec<Value> {
    let path = format!("/v1/leads/{}", text(&lead["id"]));
    let stored = client.get(&path).await.expect(200).json();
    let history = client.get(format!("{path}/assignments")).await.expect(200).items();
    assert_eq!(history[0]["to"], stored["owner"]);
    assert_eq!(history[0]["id"], stored["assignment"]["id"]);
    for pair in history.windows(2) {
        assert_eq!(pair[0]["from"], pair[1]["to"], "{history:?}");
    }
    history
}
