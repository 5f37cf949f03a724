//! Methods, paths, bodies, origins: what every operation gets without saying so.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::TestServer;
use crate::state::HttpConfig;

const GREET: &str = "POST /test/greet HTTP/1.1\r\ncontent-type: application/json";

#[actix_web::test]
async fn methods_are_named_and_head_is_get_without_a_body() {
    let server = TestServer::start(HttpConfig::default()).await;
    let wrong = server.ask("DELETE /v1/leads HTTP/1.1", "").await;
    wrong.expect_problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET, HEAD, OPTIONS, POST");
    let options = server.ask("OPTIONS /v1/leads HTTP/1.1", "").await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS, POST"));

    let mut connection = server.connect().await;
    let get = connection.ask("GET /livez HTTP/1.1", "").await;
    let head = connection.ask("HEAD /livez HTTP/1.1", "").await;
    assert_eq!((get.status, head.status), (200, 200));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(connection.ask("GET /livez HTTP/1.1", "").await.body, get.body);
    server.stop().await;
}

#[actix_web::test]
async fn unknown_and_unreadable_paths_are_problems() {
    let server = TestServer::start(HttpConfig::default()).await;
    for path in ["/", "/v1/unicorns", "/v1/leads/", "/docs/nothing.js"] {
        let reply = server.ask(&format!("GET {path} HTTP/1.1"), "").await;
        reply.expect_problem(404, "route_not_found");
    }
    for path in ["/v1/leads/%zz", "/v1/leads/a%00b", "/%ff"] {
        let reply = server.ask(&format!("GET {path} HTTP/1.1"), "").await;
        reply.expect_problem(400, "invalid_path");
    }
    // Nothing is said of a path before the caller has said who they are.
    let reply = server.ask("GET /v1/leads/17 HTTP/1.1", "").await;
    reply.expect_problem(401, "authentication_required");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
    server.stop().await;
}

#[actix_web::test]
async fn all_faults_of_a_body_are_told_at_once() {
    let server = TestServer::start(HttpConfig::default()).await;
    let hello = server.ask(GREET, r#"{"name": "Ann", "times": 2.0}"#).await;
    assert_eq!(hello.body, r#"{"hello":"Ann","times":2}"#);
    let reply = server.ask(GREET, r#"{"name": "Annabel", "times": "often", "mood": 1}"#).await;
    let problem = reply.expect_problem(422, "validation_failed");
    let faults: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| json!([fault["pointer"], fault["code"]]))
        .collect();
    for expected in [
        json!(["/name", "too_long"]),
        json!(["/times", "invalid_type"]),
        json!(["/mood", "unknown_field"]),
    ] {
        assert!(faults.contains(&expected), "{faults:?}");
    }
    assert_eq!(faults.len(), 3);
    server.stop().await;
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_are_problems() {
    let config = HttpConfig { body_timeout: Duration::from_millis(200), ..HttpConfig::default() };
    let server = TestServer::start(config).await;
    for body in [r#"{"name": "A", "name": "B"}"#, r#"{"name": "A\u0000"}"#, "{", "\"\u{0}\""] {
        server.ask(GREET, body).await.expect_problem(400, "malformed_json");
    }
    let head = "POST /test/greet HTTP/1.1\r\ncontent-type: text/plain";
    server.ask(head, "{}").await.expect_problem(415, "unsupported_media_type");
    server
        .ask("POST /test/greet HTTP/1.1", "{}")
        .await
        .expect_problem(415, "unsupported_media_type");

    let mut connection = server.connect().await;
    connection.send(&format!("{GREET}\r\nhost: test\r\ncontent-length: 1048577\r\n\r\n")).await;
    connection.reply(false).await.expect_problem(413, "body_too_large");

    let mut connection = server.connect().await;
    connection.send(&format!("{GREET}\r\nhost: test\r\ncontent-length: 100\r\n\r\n{{")).await;
    let reply = connection.reply(false).await;
    reply.expect_problem(408, "request_timeout");
    assert_eq!(reply.header("connection"), "close");
    server.stop().await;
}

#[actix_web::test]
async fn listed_origins_may_call_and_others_get_problems() {
    let cors_origins = vec!["https://crm.example.com".to_owned()];
    let server = TestServer::start(HttpConfig { cors_origins, ..HttpConfig::default() }).await;
    let preflight = |origin: &str| {
        format!(
            "OPTIONS /v1/leads HTTP/1.1\r\norigin: {origin}\r\naccess-control-request-method: POST"
        )
    };
    let allowed = server.ask(&preflight("https://crm.example.com"), "").await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://crm.example.com");
    let foreign = server.ask(&preflight("https://evil.example"), "").await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    // A page may read why it failed.
    let head = "GET /v1/me HTTP/1.1\r\norigin: https://crm.example.com";
    let refused = server.ask(head, "").await;
    refused.expect_problem(401, "authentication_required");
    assert_eq!(refused.header("access-control-allow-origin"), "https://crm.example.com");
    assert!(
        refused.header("access-control-expose-headers").to_lowercase().contains("x-request-id")
    );
    server.stop().await;
}

#[actix_web::test]
async fn the_documentation_is_inside_and_loads_the_specification() {
    let server = TestServer::start(HttpConfig::default()).await;
    assert_eq!(server.ask("GET /docs HTTP/1.1", "").await.header("location"), "/docs/");
    let page = server.ask("GET /docs/ HTTP/1.1", "").await;
    assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    let script = server.ask("GET /docs/swagger-initializer.js HTTP/1.1", "").await;
    assert!(script.body.contains("openapi.json"), "{}", script.body);
    let document = server.ask("GET /openapi.json HTTP/1.1", "").await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    server.stop().await;
}
