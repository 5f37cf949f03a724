//! `/v1/lead-statuses`.

mod create;
mod delete;
mod list;
mod migration;
mod update;

use serde_json::Value;

use crate::support::answer::text;
use crate::support::client::Client;

const PATH: &str = "/v1/lead-statuses";

/// The keys of all statuses in order.
async fn keys(client: &Client) -> Vec<String> {
    let statuses = client.get(PATH).await.expect(200).items();
    statuses.iter().map(|status| text(&status["key"])).collect()
}

/// The status of a key.
async fn status(client: &Client, key: &str) -> Value {
    let statuses = client.get(PATH).await.expect(200).items();
    statuses.into_iter().find(|status| status["key"] == key).unwrap_or_default()
}
