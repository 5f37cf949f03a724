//! One request to each operation. The harmless one names what exists and could not succeed, because
//! its body is empty or it names a version that never was; the one in earnest could.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::client::Client;
use crate::support::spec::{Operation, resolve};
use crate::support::world::{Organization, Person};

/// The records that the requests name. All are the owner's, or nobody's.
pub(crate) struct Examples {
    user: String,
    group: String,
    api_key: String,
    lead: String,
    invitation: String,
}

impl Examples {
    pub(crate) async fn of(acme: &Organization) -> Self {
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

    /// Calls an operation on a record of these examples, so that it succeeds for whoever may: with
    /// the body that the description gives as an example, naming the records of `named` in it.
    pub(crate) async fn call_in_earnest(
        &self,
        client: &Client,
        operation: &Operation,
        spec: &Value,
        named: &Self,
    ) -> Answer {
        let method: Method = operation.method.parse().unwrap();
        let request = client.request(method, self.path(operation));
        if !operation.has_body() {
            return request.await;
        }
        let content = &operation.definition["requestBody"]["content"]["application/json"];
        let mut body = resolve(spec, &content["schema"])["example"].clone();
        assert!(body.is_object(), "{} has an example of its body", operation.name());
        named.put_into(&mut body);
        request.json(body).await
    }

    /// Replaces the ids in an example by those of records that are there, and instants that were in
    /// the future when it was written by one that still is.
    fn put_into(&self, body: &mut Value) {
        let Some(members) = body.as_object_mut() else { return };
        for (name, value) in members {
            match name.as_str() {
                "user_id" => *value = json!(self.user),
                "user_ids" => *value = json!([self.user]),
                "group_id" => *value = json!(self.group),
                "group_ids" => *value = json!([self.group]),
                "paused_until" | "expires_at" => *value = json!("2199-01-01T00:00:00Z"),
                name => {
                    assert!(!name.ends_with("_id") || name == "external_id", "what is {name}?");
                    self.put_into(value);
                }
            }
        }
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
