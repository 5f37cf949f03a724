//! What the history happens to: people, and groups and teams with rotations of every kind.

use std::sync::Mutex;

use reqwest::Method;
use serde_json::{Value, json};

use super::asking::Doors;
use super::chance::Chance;
use crate::concurrency::retrying::Progress;
use crate::support::answer::text;
use crate::support::client::{Client, Request};
use crate::support::pool::grant;
use crate::support::server::TestServer;
use crate::support::world::{Organization, Person, World, ids_of};

/// Who deactivates somebody has a person of their own for it: as many are deactivated at once.
pub(super) const LEAVERS: usize = 4;

/// A group's rotation, or a team's.
#[derive(Clone)]
pub(super) struct Rotation {
    /// `groups` or `teams`.
    pub(super) kind: &'static str,
    pub(super) id: String,
}

impl Rotation {
    /// E.g. `/v1/groups/…/distribution`; `of("")` is the group's or team's own path.
    pub(super) fn of(&self, further: &str) -> String {
        format!("/v1/{}/{}{further}", self.kind, self.id)
    }

    /// How requests name it.
    pub(super) fn named(&self) -> Value {
        match self.kind {
            "groups" => json!({"group_id": self.id}),
            _ => json!({"team_id": self.id}),
        }
    }

    /// Sets whom it deals to, in which order.
    pub(super) fn set_members(&self, client: &Client, users: &[&str]) -> Request {
        let body = match self.kind {
            "groups" => json!({"user_ids": users}),
            _ => json!({"manager_ids": [], "user_ids": users}),
        };
        client.put(self.of("/members"), body)
    }

    /// Where it stands.
    pub(super) async fn state(&self, client: &Client) -> Value {
        client.get(self.of("/distribution")).await.expect(200).json()
    }
}

/// An agent, at every server.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) doors: Doors,
    /// Whether somebody deactivates them now and then.
    pub(super) leaves: bool,
}

pub(super) struct Stage {
    pub(super) seed: u64,
    pub(super) owner: Doors,
    pub(super) form: Doors,
    pub(super) agents: Vec<Agent>,
    pub(super) rotations: Vec<Rotation>,
    pub(super) progress: Progress,
    /// The leads that were acknowledged, as they were then.
    pub(super) acknowledged: Mutex<Vec<Value>>,
}

impl Stage {
    pub(super) async fn of(acme: &World, replicas: &[TestServer], seed: u64) -> Self {
        let people = acme.agents(["Ann", "Ben", "Cem", "Dee", "Eve", "Fay", "Gus", "Hal"]).await;
        let everybody: Vec<&Person> = people.iter().collect();
        grant(acme, &everybody, &["leads.pick_up"]).await;
        let form = acme.integration(&["leads.create"]).await;
        let agents = people.iter().enumerate().map(|(index, person)| Agent {
            id: person.id.clone(),
            doors: Doors::of(person, replicas),
            leaves: index < LEAVERS,
        });
        Self {
            seed,
            owner: Doors::of(&acme.owner, replicas),
            form: Doors::of(&form, replicas),
            agents: agents.collect(),
            rotations: rotations(acme, &everybody).await,
            progress: Progress::default(),
            acknowledged: Mutex::default(),
        }
    }

    /// Somebody whom the `number`-th client may deactivate, if it has one.
    pub(super) fn leaver_of(&self, number: usize) -> Option<&Agent> {
        self.agents.get(number).filter(|agent| agent.leaves)
    }

    /// The id of some lead that was acknowledged; `None` before the first.
    pub(super) fn some_lead(&self, chance: &mut Chance) -> Option<String> {
        let leads = self.acknowledged.lock().unwrap();
        (!leads.is_empty()).then(|| text(&chance.one_of(&leads)["id"]))
    }
}

/// Each method with each way to go on when nobody is eligible, and a chain of two that pass on.
async fn rotations(acme: &Organization, people: &[&Person]) -> Vec<Rotation> {
    let wait = || json!({"when_nobody_eligible": "wait"});
    let fall_back = |to: Value| json!({"when_nobody_eligible": "fallback", "fallback": to});
    let random = make(acme, people, "groups", "random", json!({})).await;
    let blue = make(acme, people, "teams", "sequential", fall_back(random.named())).await;
    let weighted = make(acme, people, "groups", "weighted", fall_back(blue.named())).await;
    let to_owner = fall_back(json!({"user_id": acme.owner.id}));
    vec![
        make(acme, people, "groups", "sequential", wait()).await,
        make(acme, people, "groups", "least_open", wait()).await,
        make(acme, people, "teams", "weighted", wait()).await,
        make(acme, people, "teams", "random", to_owner).await,
        random,
        blue,
        weighted,
    ]
}

async fn make(
    acme: &Organization,
    people: &[&Person],
    kind: &'static str,
    method: &str,
    on: Value,
) -> Rotation {
    let mut distribution = json!({"method": method, "daily_limit": 6});
    distribution.as_object_mut().unwrap().extend(on.as_object().unwrap().clone());
    let mut body = json!({
        "name": format!("The {method} one"), "user_ids": ids_of(people),
        "distribution": distribution,
    });
    if kind == "groups" {
        body["pick_up_statuses"] = json!(["new"]);
    }
    let made = acme.owner.request(Method::POST, format!("/v1/{kind}")).json(body);
    Rotation { kind, id: text(&made.await.expect(201).json()["id"]) }
}
