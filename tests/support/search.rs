//! Searching leads, whose index follows what is written.

use serde_json::Value;

use super::answer::{ids, text};
use super::client::Client;
use super::wait::eventually;

/// The ids of all leads that a query lists, by following it to its end in small pages. A page may be
/// short.
pub(crate) async fn listed(client: &Client, query: &str) -> Vec<String> {
    let first = format!("/v1/leads?limit=3&{query}");
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

/// Waits until a query lists exactly these leads.
pub(crate) async fn until_listed(client: &Client, query: &str, expected: &[String]) {
    eventually(&format!("{query} lists {expected:?}"), || async {
        (listed(client, query).await == expected).then_some(())
    })
    .await;
}

/// Adds leads, one after the other; what was answered.
pub(crate) async fn add(client: &Client, bodies: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut leads = Vec::new();
    for body in bodies {
        leads.push(client.post("/v1/leads", body).await.expect(201).json());
    }
    leads
}

/// The ids of these of the leads.
pub(crate) fn of(leads: &[Value], numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| text(&leads[*number]["id"])).collect()
}
