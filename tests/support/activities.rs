//! Notes, communications and tasks on leads.

use serde_json::{Value, json};

use super::answer::{Answer, ids, text};
use super::client::Client;
use super::database::Database;
use super::tamper::Tamperer;
use super::world::{Integration, Person, World};

/// A lead of somebody's own; its id.
pub(crate) async fn own_lead(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

/// Gives a lead to somebody.
pub(crate) async fn hand_over(acme: &World, lead: &str, to: &Person) {
    let path = format!("/v1/leads/{lead}/owner");
    acme.owner.put(path, json!({"user_id": to.id})).await.expect(200);
}

/// Grants somebody a permission besides those of their role.
pub(crate) async fn grant(acme: &World, person: &Person, permission: &str) {
    let path = format!("/v1/users/{}/permissions", person.id);
    let body = json!({"grant": [permission], "deny": []});
    acme.owner.put(path, body).await.expect(200);
}

/// Puts something down on a lead: on its `notes`, `communications` or `tasks`.
pub(crate) async fn put_down(client: &Client, lead: &str, kind: &str, body: Value) -> Value {
    client.post(format!("/v1/leads/{lead}/{kind}"), body).await.expect(201).json()
}

/// 403 that names this permission.
#[track_caller]
pub(crate) fn expect_denied(answer: &Answer, permission: &str) {
    let problem = answer.expect_problem(403, "permission_denied");
    assert_eq!(problem["permission"], permission, "{answer}");
}

/// The ids of a list, by pages of two.
pub(crate) async fn by_pages(client: &Client, path: &str) -> Vec<String> {
    let first = format!("{path}{}limit=2", if path.contains('?') { '&' } else { '?' });
    let (mut found, mut next) = (Vec::new(), first.clone());
    loop {
        let page = client.get(&next).await.expect(200);
        found.extend(ids(&page.items()));
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => next = format!("{first}&cursor={cursor}"),
            None => return found,
        }
    }
}

/// In which tables a text is.
pub(crate) async fn tables_with(database: &Database, text: &str) -> Vec<&'static str> {
    let tamperer = Tamperer::of(database).await;
    let mut found = Vec::new();
    for table in [
        "assignments",
        "event_details",
        "events",
        "idempotency_keys",
        "lead_communications",
        "lead_note_revisions",
        "lead_notes",
        "lead_tasks",
    ] {
        if tamperer.rows(table).await.iter().any(|row| row.says(text)) {
            found.push(table);
        }
    }
    tamperer.done().await;
    found
}

/// How many events tell of something, each of this kind.
pub(crate) async fn events_of(database: &Database, kind: &str, id: &str) -> usize {
    let tamperer = Tamperer::of(database).await;
    let events = tamperer.rows("events").await;
    tamperer.done().await;
    events.iter().filter(|event| event.says(&format!("'{kind}'")) && event.says(id)).count()
}

/// A lead that a form has made, that Ben owned and Tom owns, and everybody around it.
pub(crate) struct Scene {
    pub(crate) acme: World,
    /// Works on it: it is his.
    pub(crate) tom: Person,
    /// Works on it: an agent who may see what her team has.
    pub(crate) ann: Person,
    /// Works on it: manages Tom.
    pub(crate) mia: Person,
    /// May look at it: it was his.
    pub(crate) ben: Person,
    /// Does not see it.
    pub(crate) eve: Person,
    /// Works on it: has made it.
    pub(crate) form: Integration,
    pub(crate) lead: String,
    pub(crate) blue: String,
}

impl Scene {
    pub(crate) async fn begin(database: Database) -> Self {
        let acme = World::start(database).await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let mia = acme.person("manager", "Mia").await;
        let blue = acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        grant(&acme, &ann, "leads.view_team").await;
        let form = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;
        let group = acme.group("Sales", &[&ben]).await;
        let body = json!({
            "first_name": "Lee", "assignment": {"mode": "distribute", "group_id": group},
        });
        let lead = text(&form.post("/v1/leads", body).await.expect(201).json()["id"]);
        hand_over(&acme, &lead, &tom).await;
        Self { acme, tom, ann, mia, ben, eve, form, lead, blue }
    }

    /// The path of what is on the lead.
    pub(crate) fn path(&self, kind: &str) -> String {
        format!("/v1/leads/{}/{kind}", self.lead)
    }
}
