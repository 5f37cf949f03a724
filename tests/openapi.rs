//! The description of the API: complete, committed, and what the server serves.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::both;
use crate::support::database::Database;
use crate::support::process::server_command;
use crate::support::spec::{Operation, operations, resolve};
use crate::support::world::World;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/openapi.json");

/// The committed description.
pub(crate) fn committed() -> Value {
    let text = std::fs::read_to_string(COMMITTED).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Panics with all complaints at once.
#[track_caller]
fn expect_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Complaints of one operation each.
fn complaints_about(check: impl Fn(&Operation) -> Option<String>) -> Vec<String> {
    let complain = |operation: &Operation| {
        check(operation).map(|complaint| format!("{}: {complaint}", operation.name()))
    };
    operations(&committed()).iter().filter_map(complain).collect()
}

both! {
    async fn is_served_as_committed(database: Database) {
        let acme = World::start(database).await;
        let served = acme.anonymous().get("/openapi.json").await.expect(200);
        assert_eq!(served.header("content-type"), "application/json");
        assert!(
            served.json() == committed(),
            "openapi/openapi.json is not what the server serves: `just openapi` writes it anew",
        );
    }
}

#[test]
fn is_printed_as_committed() {
    let printed = server_command(Database::sqlite().url(), &["openapi"]).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let committed = std::fs::read_to_string(COMMITTED).unwrap();
    assert!(
        printed.trim_end() == committed.trim_end(),
        "openapi/openapi.json is not what `evenhand openapi` prints",
    );
}

#[test]
fn is_openapi_3_1_0() {
    assert_eq!(committed()["openapi"], "3.1.0");
}

#[test]
fn every_operation_has_a_name_a_summary_and_tags() {
    let mut names = BTreeSet::new();
    let mut complaints = Vec::new();
    for operation in operations(&committed()) {
        let text =
            |member: &str| operation.definition[member].as_str().unwrap_or_default().to_owned();
        let name = text("operationId");
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            complaints.push(format!("{}: operationId {name:?}", operation.name()));
        }
        if text("summary").is_empty() {
            complaints.push(format!("{}: no summary", operation.name()));
        }
        if operation.definition["tags"].as_array().is_none_or(Vec::is_empty) {
            complaints.push(format!("{}: no tags", operation.name()));
        }
        if !names.insert(name.clone()) {
            complaints.push(format!("{}: operationId {name} twice", operation.name()));
        }
    }
    expect_none(&complaints);
}

#[test]
fn every_response_has_a_description() {
    let spec = committed();
    let mut complaints = Vec::new();
    for operation in operations(&spec) {
        let Some(responses) = operation.definition["responses"].as_object() else {
            complaints.push(format!("{}: no responses", operation.name()));
            continue;
        };
        for (status, response) in responses {
            let description = resolve(&spec, response)["description"].as_str();
            if description.is_none_or(|text| text.trim().is_empty()) {
                complaints.push(format!("{} {status}: no description", operation.name()));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn every_body_has_an_example() {
    let spec = committed();
    let has_example = |operation: &Operation| {
        let body = resolve(&spec, &operation.definition["requestBody"]);
        let media = &body["content"]["application/json"];
        let schema = resolve(&spec, &media["schema"]);
        [media, schema]
            .iter()
            .any(|place| !place["example"].is_null() || !place["examples"].is_null())
    };
    expect_none(&complaints_about(|operation| {
        (operation.has_body() && !has_example(operation)).then(|| "no example".to_owned())
    }));
}

#[test]
fn every_guarded_operation_tells_how_it_refuses() {
    expect_none(&complaints_about(|operation| {
        let responses = &operation.definition["responses"];
        let mut expected = Vec::new();
        if !operation.is_public() {
            expected.push("401");
        }
        if operation.required_permission().is_some() {
            expected.push("403");
        }
        if operation.has_body() {
            expected.extend(["400", "413", "415", "422"]);
        }
        expected.retain(|status| responses[*status].is_null());
        (!expected.is_empty()).then(|| format!("no response {}", expected.join(", ")))
    }));
}

#[test]
fn every_problem_is_told_as_one() {
    let spec = committed();
    let mut complaints = Vec::new();
    for operation in operations(&spec) {
        let responses = operation.definition["responses"].as_object().unwrap();
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let content = &resolve(&spec, response)["content"];
            // A probe says yes or no; whoever reads it looks at the status alone.
            if content["application/problem+json"].is_null() && operation.path.starts_with("/v1") {
                complaints.push(format!("{} {status}: not a problem document", operation.name()));
            }
        }
    }
    expect_none(&complaints);
}

#[test]
fn every_creating_operation_takes_an_idempotency_key() {
    let spec = committed();
    expect_none(&complaints_about(|operation| {
        let creates =
            operation.method == "POST" && !operation.definition["responses"]["201"].is_null();
        let parameters = operation.definition["parameters"].as_array().cloned().unwrap_or_default();
        let takes = parameters
            .iter()
            .any(|parameter| resolve(&spec, parameter)["name"] == "Idempotency-Key");
        (creates && !takes).then(|| "no Idempotency-Key".to_owned())
    }));
}

#[test]
fn every_reference_leads_somewhere() {
    let spec = committed();
    let mut open = vec![&spec];
    while let Some(value) = open.pop() {
        resolve(&spec, value);
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
}
