//! One request to each operation, in earnest: with the body that the description gives as an
//! example, naming records that are there. A guarded one names a version that never was, so that
//! whoever may do it changes nothing by it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::client::{Client, Request};
use crate::support::spec::{Operation, resolve};
use crate::support::world::{Organization, Person};

/// The records that the requests name. The lead is the agent's, who is on the team and in the
/// group.
pub(crate) struct Examples {
    pub(crate) organization: String,
    pub(crate) agent: String,
    pub(crate) manager: String,
    pub(crate) colleague: String,
    pub(crate) group: String,
    pub(crate) team: String,
    pub(crate) api_key: String,
    pub(crate) lead: String,
    pub(crate) session: String,
    pub(crate) invitation: String,
    pub(crate) verification: String,
    pub(crate) rule: String,
    pub(crate) note: String,
    pub(crate) communication: String,
    pub(crate) task: String,
    pub(crate) view: String,
    pub(crate) bulk: String,
    /// A group and a team without members, whose leads wait, each with one that does.
    group_queue: Queue,
    team_queue: Queue,
}

/// Whose rotation a lead waits for, and the lead.
struct Queue {
    of: String,
    assignment: Value,
    lead: String,
}

impl Queue {
    async fn of(acme: &Organization, kind: &str, of: String) -> Self {
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        acme.owner.patch(format!("/v1/{kind}s/{of}"), wait).await.expect(200);
        let assignment = json!({"mode": "distribute", (format!("{kind}_id")): of});
        let mut queue = Self { of, assignment, lead: String::new() };
        queue.add(&acme.owner).await;
        queue
    }

    /// A further lead waits.
    async fn add(&mut self, client: &Client) {
        let lead = json!({"first_name": "Lee", "assignment": self.assignment});
        let lead = client.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(lead["assignment"]["outcome"], "waiting");
        self.lead = text(&lead["id"]);
    }
}

impl Examples {
    /// Records of the owner, on a team of somebody else's.
    pub(crate) async fn of(acme: &Organization) -> Self {
        Self::with(acme, &acme.person("manager", "Mona").await, &acme.owner).await
    }

    /// A team that `manager` manages and `agent` is on, and what is the agent's.
    pub(crate) async fn with(acme: &Organization, manager: &Person, agent: &Person) -> Self {
        let body = json!({
            "first_name": "Lee", "source": "web", "external_id": "A1",
            "assignment": {"mode": "user", "user_id": agent.id},
        });
        let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
        let team = acme.owner.post("/v1/teams", json!({"name": "Blue"})).await.expect(201).json();
        let team = text(&team["id"]);
        let members = json!({"manager_ids": [manager.id], "user_ids": [agent.id]});
        acme.owner.put(format!("/v1/teams/{team}/members"), members).await.expect(200);
        let rule = json!({"name": "Rule", "conditions": {"all": []}, "target": null});
        let rule = acme.owner.post("/v1/routing-rules", rule).await.expect(201).json();
        let field = json!({"key": "budget", "label": "Budget", "type": "text"});
        acme.owner.post("/v1/custom-fields", field).await.expect(201);
        let view = json!({"name": "Mine", "filter": {"owner": "me"}});
        let view = agent.post("/v1/lead-views", view).await.expect(201).json();
        // Another than the one that the agent calls with.
        let elsewhere = agent.signed_in_again().await;
        let sessions = elsewhere.get("/v1/auth/sessions").await.expect(200).items();
        let session = sessions.iter().find(|session| session["current"] == true);
        let lead = text(&lead["id"]);
        let [note, communication, task] = put_down(agent, &lead).await;
        let group = acme.group("Sales", &[agent]).await;
        let verify = acme.owner.post(format!("/v1/groups/{group}/distribution/verify"), json!({}));
        let verification = verify.header("Prefer", "respond-async").await.expect(202).json();
        Self {
            organization: acme.id.clone(),
            agent: agent.id.clone(),
            manager: manager.id.clone(),
            colleague: acme.agent("Colin").await.id,
            group,
            team,
            api_key: acme.integration(&["leads.create"]).await.id,
            lead,
            session: session.map(|session| text(&session["id"])).unwrap_or_default(),
            invitation: acme.invitation("agent", "Nobody").await,
            verification: text(&verification["id"]),
            rule: text(&rule["id"]),
            note,
            communication,
            task,
            view: text(&view["id"]),
            bulk: assigned(&acme.owner, &acme.owner.id).await,
            group_queue: Queue::of(acme, "group", acme.group("Queue", &[]).await).await,
            team_queue: Queue::of(acme, "team", acme.team("Queue", &[], &[]).await).await,
        }
    }

    /// The list that an operation on a lead that waits is about.
    fn queue(&self, operation: &Operation) -> Option<&Queue> {
        let is_waiting = operation.path.contains("/waiting/");
        let of_team = operation.path.starts_with("/v1/teams");
        is_waiting.then_some(if of_team { &self.team_queue } else { &self.group_queue })
    }

    /// Makes another lead wait for an operation on one that does: whoever may takes it off.
    pub(crate) async fn refill(&mut self, client: &Client, operation: &Operation) {
        if operation.path.contains("/waiting/") {
            let of_team = operation.path.starts_with("/v1/teams");
            let queue = if of_team { &mut self.team_queue } else { &mut self.group_queue };
            queue.add(client).await;
        }
    }

    /// The path of an operation with the ids of the examples in it.
    fn path(&self, operation: &Operation) -> String {
        let (mut path, queue) = (Vec::new(), self.queue(operation));
        for segment in operation.path.split('/') {
            let named = match (segment.starts_with('{'), path.last().copied(), queue) {
                (false, ..) => segment,
                (true, Some("groups" | "teams"), Some(queue)) => &queue.of,
                (true, Some("waiting"), Some(queue)) => &queue.lead,
                (true, Some("users" | "members" | "collaborators"), _) => &self.agent,
                (true, Some("groups"), _) => &self.group,
                (true, Some("teams"), _) => &self.team,
                (true, Some("api-keys"), _) => &self.api_key,
                (true, Some("leads"), _) => &self.lead,
                (true, Some("by-external-id"), _) => "web",
                (true, Some("web"), _) => "A1",
                (true, Some("notes"), _) => &self.note,
                (true, Some("communications"), _) => &self.communication,
                (true, Some("tasks"), _) => &self.task,
                (true, Some("sessions"), _) => &self.session,
                (true, Some("verifications"), _) => &self.verification,
                (true, Some("invitations"), _) => &self.invitation,
                (true, Some("routing-rules"), _) => &self.rule,
                (true, Some("lead-views"), _) => &self.view,
                (true, Some("bulk-assignments"), _) => &self.bulk,
                (true, Some("custom-fields"), _) => "budget",
                (true, Some("lead-statuses"), _) => "contacted",
                _ => panic!("say here what {segment} of {} is an example of", operation.path),
            };
            path.push(named);
        }
        path.join("/")
    }

    /// Calls an operation with nothing in its body, in vain.
    pub(crate) async fn call(&self, client: &Client, operation: &Operation) -> Answer {
        let method: Method = operation.method.parse().unwrap();
        let request = in_vain(client.request(method, self.path(operation)), operation);
        if operation.has_body() { request.json(json!({})).await } else { request.await }
    }

    /// Calls an operation on a record of these examples so that it would succeed for whoever may,
    /// were the version the present one; the records of `named` are those that the body names.
    pub(crate) async fn call_in_vain(
        &self,
        client: &Client,
        operation: &Operation,
        spec: &Value,
    ) -> Answer {
        in_vain(self.request(client, operation, spec, self), operation).await
    }

    /// Calls an operation on a record of these examples, so that it succeeds for whoever may; the
    /// records of `named` are those that the body names.
    pub(crate) async fn call_in_earnest(
        &self,
        client: &Client,
        operation: &Operation,
        spec: &Value,
        named: &Self,
    ) -> Answer {
        self.request(client, operation, spec, named).await
    }

    fn request(
        &self,
        client: &Client,
        operation: &Operation,
        spec: &Value,
        named: &Self,
    ) -> Request {
        let method: Method = operation.method.parse().unwrap();
        let request = client.request(method, self.path(operation));
        if !operation.has_body() {
            return request;
        }
        let content = &operation.definition["requestBody"]["content"]["application/json"];
        let mut body = resolve(spec, &content["schema"])["example"].clone();
        assert!(body.is_object(), "{} has an example of its body", operation.name());
        named.put_into(&mut body);
        request.json(body)
    }

    /// Replaces the ids in an example by those of records that are there, and instants that were in
    /// the future when it was written by one that still is.
    fn put_into(&self, body: &mut Value) {
        let Some(members) = body.as_object_mut() else { return };
        for (name, value) in members {
            match name.as_str() {
                "user_id" | "assignee_id" | "copy_permissions_from" => *value = json!(self.agent),
                "user_ids" | "mentions" => *value = json!([self.agent]),
                "to_user_ids" => *value = json!([self.colleague]),
                "manager_ids" => *value = json!([self.manager]),
                "group_id" => *value = json!(self.group),
                "lead_ids" => *value = json!([self.lead]),
                "rule_ids" => *value = json!([self.rule]),
                "view_ids" => *value = json!([self.view]),
                "group_ids" => *value = json!([self.group]),
                "team_id" => *value = json!(self.team),
                "team_ids" => *value = json!([self.team]),
                "organization_id" => *value = json!(self.organization),
                "current_password" => *value = json!("not the password"),
                "expected_owner_id" => *value = json!(self.agent),
                "paused_until" | "expires_at" | "until" => *value = json!("2199-01-01T00:00:00Z"),
                name => {
                    assert!(!name.ends_with("_id") || name == "external_id", "what is {name}?");
                    match value {
                        Value::Array(items) => {
                            for item in items {
                                self.put_into(item);
                            }
                        }
                        value => self.put_into(value),
                    }
                }
            }
        }
    }
}

/// What somebody puts down on a lead of theirs: a note, a communication and a task.
async fn put_down(person: &Person, lead: &str) -> [String; 3] {
    let mut ids = Vec::new();
    for (kind, body) in [
        ("notes", json!({"body": "Likes tea."})),
        ("communications", json!({"channel": "meeting", "summary": "Had tea."})),
        ("tasks", json!({"title": "Buy tea"})),
    ] {
        let added = person.post(format!("/v1/leads/{lead}/{kind}"), body).await.expect(201);
        ids.push(text(&added.json()["id"]));
    }
    ids.try_into().unwrap_or_else(|_| unreachable!())
}

/// A lead that somebody assigned to a user together with others; the id of that.
async fn assigned(person: &Person, to: &str) -> String {
    let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
    let lead = person.post("/v1/leads", lead).await.expect(201).json();
    let body = json!({"lead_ids": [lead["id"]], "to": {"user_id": to}});
    text(&person.post("/v1/leads/bulk-assign", body).await.expect(200).json()["id"])
}

/// The request with a version that never was.
fn in_vain(request: Request, operation: &Operation) -> Request {
    if operation.method == "GET" { request } else { request.header("If-Match", "\"999999\"") }
}

/// Whether an operation is about the caller's own session or password.
pub(crate) fn is_about_the_caller(operation: &Operation) -> bool {
    operation.path.starts_with("/v1/auth") || operation.path == "/v1/me/password"
}
