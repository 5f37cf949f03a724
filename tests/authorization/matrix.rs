//! The table of roles and operations, as it is committed in `matrix.txt`.

use std::fmt::Write as _;

use super::walk::{Examples, expendable};
use crate::openapi::committed;
use crate::support::answer::Answer;
use crate::support::both;
use crate::support::process::environment;
use crate::support::spec::{Operation, operations};
use crate::support::world::{Integration, Person, World};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/authorization/matrix.txt");
const HEAD: &str = "\
# What each role may call. The records named are the owner's, or nobody's: `404` means that they
# do not exist for the caller. \"key, all\" is an API key with every permission, \"key, none\" one
# that may only see users. Regenerate with EVENHAND_UPDATE_SNAPSHOTS=1 and read the difference.

";

/// Everybody who calls.
struct Cast {
    people: [Person; 4],
    integrations: [Integration; 2],
}

const COLUMNS: [&str; 6] = ["owner", "admin", "manager", "agent", "key, all", "key, none"];

impl Cast {
    async fn of(acme: &World) -> Self {
        let me = acme.owner.get("/v1/me").await.expect(200).json();
        let all: Vec<&str> =
            me["permissions"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        Self {
            people: [
                acme.owner.clone(),
                acme.person("admin", "Ada").await,
                acme.person("manager", "Mia").await,
                acme.agent("Tom").await,
            ],
            integrations: [acme.integration(&all).await, acme.integration(&["users.view"]).await],
        }
    }

    async fn outcomes(&self, examples: &Examples, operation: &Operation) -> Vec<&'static str> {
        let mut outcomes = Vec::new();
        for person in &self.people {
            let client = expendable(person, operation).await;
            outcomes.push(outcome(&examples.call(&client, operation).await));
        }
        for integration in &self.integrations {
            outcomes.push(outcome(&examples.call(integration, operation).await));
        }
        outcomes
    }
}

/// Past the guard or not; what became of the request then is not the question.
#[track_caller]
fn outcome(answer: &Answer) -> &'static str {
    match answer.status.as_u16() {
        200..=299 | 412 | 422 => "allowed",
        403 if answer.code() == "person_required" => "person",
        403 => "403",
        404 => "404",
        _ => panic!("an outcome that says nothing about permission: {answer}"),
    }
}

fn line(operation: &str, permission: &str, outcomes: &[&str]) -> String {
    let mut line = format!("{operation:42} {permission:16}");
    for outcome in outcomes {
        write!(line, " {outcome:9}").unwrap();
    }
    format!("{}\n", line.trim_end())
}

both! {
    async fn is_as_committed(database: Database) {
        let acme = World::start(database).await;
        let examples = Examples::of(&acme).await;
        let cast = Cast::of(&acme).await;
        let mut table = format!("{HEAD}{}", line("operation", "permission", &COLUMNS));
        for operation in operations(&committed()) {
            if operation.is_public() {
                table.push_str(&line(&operation.name(), "public", &[]));
                continue;
            }
            let outcomes = cast.outcomes(&examples, &operation).await;
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
