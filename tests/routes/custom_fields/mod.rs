//! `/v1/custom-fields`.

mod change;
mod create;
mod delete;
mod leads;

use serde_json::Value;

use crate::support::answer::text;
use crate::support::client::Client;

const PATH: &str = "/v1/custom-fields";

/// The keys of all fields.
async fn keys(client: &Client) -> Vec<String> {
    let fields = client.get(PATH).await.expect(200).items();
    fields.iter().map(|field| text(&field["key"])).collect()
}

async fn define(client: &Client, field: Value) -> Value {
    client.post(PATH, field).await.expect(201).json()
}
