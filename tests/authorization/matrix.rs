//! The table of roles and operations, as it is committed in `matrix.txt`.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Value, json};

use super::walk::{Examples, is_about_the_caller};
use crate::openapi::committed;
use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::process::environment;
use crate::support::spec::{Operation, operations};
use crate::support::world::{Organization, Person, World};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/authorization/matrix.txt");
const HEAD: &str = "\
# What each caller may do. The records named: an agent (\"owning\") who owns the lead and has added
# what is on it, is a user of the team that \"manager\" manages, and is in the group; everything else
# is the organization's.
# \"allowed\": past every check of permission; what became of the request then is not the question.
# \"404\": the record does not exist for the caller; \"unknown\": what the body names does not.
# \"person\": only people may. \"key, all\" is an API key with every permission, \"key, none\" one that
# may only see names. \"manager 2\" manages another team, \"gone\" was deactivated, \"other\" owns
# another organization, \"nobody\" proves nothing.
# Regenerate with EVENHAND_UPDATE_SNAPSHOTS=1 and read the difference.

";

const COLUMNS: [&str; 11] = [
    "owner",
    "admin",
    "manager",
    "manager 2",
    "owning",
    "agent",
    "key, all",
    "key, none",
    "gone",
    "other",
    "nobody",
];

/// Somebody who calls.
enum Caller {
    Person(Box<Person>),
    Client(Client),
}

impl Caller {
    fn client(&self) -> &Client {
        match self {
            Self::Person(person) => person,
            Self::Client(client) => client,
        }
    }
}

/// Everybody who calls, in the order of the columns, and what they call about.
struct Cast {
    /// Whose leads wait for those operations that are about such.
    form: Client,
    callers: Vec<Caller>,
    examples: Examples,
}

impl Cast {
    async fn of(acme: &Organization, globex: &Organization) -> Self {
        let me = acme.owner.get("/v1/me").await.expect(200).json();
        let all: Vec<&str> =
            me["permissions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let (mia, max) = (acme.person("manager", "Mia").await, acme.person("manager", "Max").await);
        let [tom, nina, gone] = acme.agents(["Tom", "Nina", "Gone"]).await;
        // There and back, so that there is a deactivation to be read.
        deactivate(acme, &tom).await;
        let back = format!("/v1/users/{}/reactivate", tom.id);
        acme.owner.request(Method::POST, back).await.expect(200);
        let tom = tom.signed_in_again().await;
        let examples = Examples::with(acme, &mia, &tom).await;
        let red = acme.owner.post("/v1/teams", json!({"name": "Red"})).await.expect(201).json();
        let red = format!("/v1/teams/{}/members", text(&red["id"]));
        let members = json!({"manager_ids": [max.id], "user_ids": [nina.id]});
        acme.owner.put(red, members).await.expect(200);
        deactivate(acme, &gone).await;
        let person = |person: Person| Caller::Person(Box::new(person));
        let callers = vec![
            person(acme.owner.clone()),
            person(acme.person("admin", "Ada").await),
            person(mia),
            person(max),
            person(tom),
            person(nina),
            Caller::Client((*acme.integration(&all).await).clone()),
            Caller::Client((*acme.integration(&["users.view"]).await).clone()),
            Caller::Client((*gone).clone()),
            person(globex.owner.clone()),
            Caller::Client(acme.anonymous()),
        ];
        assert_eq!(callers.len(), COLUMNS.len());
        let form = (*acme.integration(&["leads.create"]).await).clone();
        Self { form, callers, examples }
    }

    async fn outcomes(&mut self, operation: &Operation, spec: &Value) -> Vec<&'static str> {
        let mut outcomes = Vec::new();
        for caller in &mut self.callers {
            self.examples.refill(&self.form, operation).await;
            let answer = self.examples.call_in_vain(caller.client(), operation, spec).await;
            outcomes.push(outcome(&answer));
            if is_about_the_caller(operation)
                && let Caller::Person(person) = caller
            {
                **person = person.signed_in_again().await;
            }
        }
        outcomes
    }
}

async fn deactivate(acme: &Organization, person: &Person) {
    let path = format!("/v1/users/{}/deactivate", person.id);
    acme.owner.post(path, json!({"leads": {"action": "keep"}})).await.expect(200);
}

/// Past every check of permission or not.
#[track_caller]
fn outcome(answer: &Answer) -> &'static str {
    match answer.status.as_u16() {
        200..=299 | 409 | 412 => "allowed",
        422 if names_something_unknown(answer) => "unknown",
        422 => "allowed",
        401 => "401",
        403 if answer.code() == "person_required" => "person",
        403 => "403",
        404 => "404",
        _ => panic!("an outcome that says nothing about permission: {answer}"),
    }
}

/// Whether the body named what does not exist for the caller.
fn names_something_unknown(answer: &Answer) -> bool {
    answer.faults().iter().any(|(_, code)| code.starts_with("unknown_"))
}

fn line(operation: &str, permission: &str, outcomes: &[&str]) -> String {
    let mut line = format!("{operation:46} {permission:25}");
    for outcome in outcomes {
        write!(line, " {outcome:9}").unwrap();
    }
    format!("{}\n", line.trim_end())
}

both! {
    async fn is_as_committed(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mut cast = Cast::of(&acme, &globex).await;
        let spec = committed();
        let mut table = format!("{HEAD}{}", line("operation", "permission", &COLUMNS));
        for operation in operations(&spec) {
            if operation.is_public() {
                table.push_str(&line(&operation.name(), "public", &[]));
                continue;
            }
            let outcomes = cast.outcomes(&operation, &spec).await;
            let permission = operation.required_permission().unwrap_or("-");
            table.push_str(&line(&operation.name(), permission, &outcomes));
        }
        if environment("EVENHAND_UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(FILE, &table).unwrap();
        }
        let committed = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            table == committed,
            "tests/authorization/matrix.txt is not what the server does:\n{table}",
        );
    }
}
