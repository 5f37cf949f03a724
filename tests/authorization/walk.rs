//! One request to each operation, harmless to send: it names what exists, and could not succeed
//! because its body is empty or it names a version that never was.

use reqwest::Method;
use serde_json::json;

use crate::support::answer::{Answer, text};
use crate::support::client::Client;
use crate::support::spec::Operation;
use crate::support::world::{Person, World};

/// The records that the requests name. All are the owner's, or nobody's.
pub(crate) struct Examples {
    user: String,
    group: String,
    api_key: String,
    lead: String,
    invitation: String,
}

impl Examples {
    pub(crate) async fn of(acme: &World) -> Self {
        let body = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
        Self {
            user: acme.owner.id.clone(),
            group: acme.group("Sales", &[&acme.owner]).await,
            api_key: acme.integration(&["leads.create"]).await.id,
            lead: text(&lead["id"]),
            invitation: acme.invitation("agent", "Nobody").await,
        }
    }

    /// The path of an operation with the ids of the examples in it.
    fn path(&self, operation: &Operation) -> String {
        let mut path = Vec::new();
        for segment in operation.path.split('/') {
            let named = match (segment.starts_with('{'), path.last().copied()) {
                (false, _) => segment,
                (true, Some("users" | "members")) => &self.user,
                (true, Some("groups")) => &self.group,
                (true, Some("api-keys")) => &self.api_key,
                (true, Some("leads")) => &self.lead,
                (true, Some("invitations")) => &self.invitation,
                _ => panic!("say here what {segment} of {} is an example of", operation.path),
            };
            path.push(named);
        }
        path.join("/")
    }

    /// Calls an operation.
    pub(crate) async fn call(&self, client: &Client, operation: &Operation) -> Answer {
        let method: Method = operation.method.parse().unwrap();
        let request = client.request(method.clone(), self.path(operation));
        let request =
            if method == Method::GET { request } else { request.header("If-Match", "\"999999\"") };
        if operation.has_body() { request.json(json!({})).await } else { request.await }
    }
}

/// The same person; with a session of its own where the operation is about the session.
pub(crate) async fn expendable(person: &Person, operation: &Operation) -> Client {
    if operation.path.starts_with("/v1/auth") {
        (*person.signed_in_again().await).clone()
    } else {
        (**person).clone()
    }
}
