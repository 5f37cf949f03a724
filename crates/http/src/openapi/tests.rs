//! The walk over the specification: what every operation has to say of itself.

use serde_json::Value;

use super::{openapi, openapi_json};

/// Operations that need no permission: anybody, or any signed-in person.
const WITHOUT_PERMISSION: [&str; 24] = [
    "accept_invitation",
    "change_me",
    "change_password",
    "clear_my_availability",
    "end_other_sessions",
    "end_session",
    "forgot_password",
    "get_invitation",
    "get_jwks",
    "get_me",
    "get_my_availability",
    "get_openapi",
    "list_permissions",
    "list_sessions",
    "livez",
    "login",
    "logout",
    "pause_me",
    "readyz",
    "refresh",
    "reset_password",
    "resume_me",
    "set_my_availability",
    "switch_organization",
];

fn document() -> Value {
    serde_json::to_value(openapi()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((format!("{method} {path}"), operation.clone()));
        }
    }
    found
}

#[test]
fn the_text_is_openapi_3_1_0_and_the_same_every_time() {
    let text = openapi_json();
    assert_eq!(text, openapi_json());
    assert!(text.ends_with("}\n"));
    assert_eq!(document()["openapi"], "3.1.0");
}

#[test]
fn every_operation_describes_itself() {
    let document = document();
    let operations = operations(&document);
    assert!(operations.len() >= 28, "{}", operations.len());
    let mut ids = std::collections::HashSet::new();
    for (name, operation) in &operations {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} twice");
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}");
        assert!(operation["security"].is_array(), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        let permission = operation["x-required-permission"].as_str();
        assert_ne!(permission.is_some(), WITHOUT_PERMISSION.contains(&id), "{name}");
        if permission.is_some() {
            // What would outlive a key is for people alone.
            let refusal = operation["responses"]["403"]["description"].to_string();
            let credentials = if refusal.contains("person_required") { 1 } else { 2 };
            let security = operation["security"].as_array().map(Vec::len);
            assert_eq!(security, Some(credentials), "{name}");
            assert!(operation["responses"]["403"].is_object(), "{name}");
        }
    }
}

#[test]
fn every_response_has_words_and_every_failure_a_problem() {
    for (name, operation) in operations(&document()) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let words = response["description"].as_str().unwrap_or_default();
            assert!(!words.is_empty(), "{name} {status}");
            if status.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ProblemDocument", "{name} {status}");
            }
        }
        for status in ["500", "503"] {
            assert!(operation["responses"][status].is_object(), "{name} {status}");
        }
        if operation["requestBody"].is_object() {
            for status in ["400", "408", "413", "415", "422"] {
                assert!(operation["responses"][status].is_object(), "{name} {status}");
            }
        }
        if name.contains("{id}") {
            for status in ["400", "404"] {
                assert!(operation["responses"][status].is_object(), "{name} {status}");
            }
        }
    }
}

#[test]
fn every_body_has_an_example_and_every_reference_a_target() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        if let Some(reference) = body.as_str() {
            let schema = &schemas[reference.rsplit('/').next().unwrap()];
            assert!(schema["example"].is_object() || schema["examples"].is_array(), "{name}");
        }
    }
    let mut references = Vec::new();
    super::complete::references(&document, &mut references);
    for name in references {
        assert!(schemas.contains_key(&name), "{name} is missing");
    }
}

#[test]
fn every_field_has_words_and_every_answer_all_of_its_fields() {
    let document = document();
    let received = super::complete::received(&openapi());
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let parts = schema["allOf"].as_array().map_or(vec![schema], |parts| parts.iter().collect());
        for part in parts {
            let Some(fields) = part["properties"].as_object() else { continue };
            for (field, described) in fields {
                let has_words = described["description"].is_string()
                    || described.get("$ref").is_some()
                    || described["enum"].is_array();
                assert!(has_words, "{name}.{field}: {described}");
            }
            if !received.contains(name) && name != "ProblemDocument" {
                let required = part["required"].as_array().map_or(0, Vec::len);
                assert_eq!(required, fields.len(), "{name}");
            }
        }
    }
}

#[test]
fn what_has_a_version_is_sent_with_it() {
    let expected = ["get_user", "create_lead", "rotate_api_key", "set_group_members"];
    for (name, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        let responses = operation["responses"].as_object().unwrap();
        let has = |header: &str| {
            responses.values().any(|response| response["headers"][header].is_object())
        };
        assert!(!responses.contains_key("201") || has("Location"), "{name}");
        let leads_on = responses.contains_key("201") || responses.contains_key("202");
        assert!(!has("Location") || leads_on, "{name}");
        assert!(!expected.contains(&id) || has("ETag"), "{name}");
        // Lists that are one resource, read and written as a whole.
        let is_whole = [
            "list_group_members",
            "list_team_members",
            "list_lead_statuses",
            "list_custom_fields",
            "list_routing_rules",
        ];
        let is_page = id.starts_with("list_") && !is_whole.contains(&id);
        assert!(!is_page || !has("ETag"), "{name}");
    }
}

#[test]
fn headers_that_are_always_there_say_so_and_queries_know_no_null() {
    for (name, operation) in operations(&document()) {
        for response in operation["responses"].as_object().unwrap().values() {
            for (header, described) in response["headers"].as_object().unwrap() {
                let always = header != "Idempotency-Replayed";
                assert_eq!(described["required"] == true, always, "{name}: {header}");
            }
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["schema"].to_string().contains("null"), "{name}: {parameter}");
        }
        let patch = &operation["requestBody"]["content"]["application/merge-patch+json"];
        assert_eq!(patch.is_object(), name.starts_with("patch "), "{name}");
        assert!(operation["responses"]["422"].is_object(), "{name}");
    }
}

#[test]
fn words_are_about_fields_not_about_one_form_of_them() {
    let document = document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, described) in schema["properties"].as_object().into_iter().flatten() {
            let forms = described["oneOf"].as_array().into_iter().flatten();
            for form in forms.filter(|form| form["$ref"].is_string()) {
                assert!(form.get("description").is_none(), "{name}.{field}");
            }
        }
    }
}
