//! Request ids, panics, too much at once.

use super::support::TestServer;
use crate::state::HttpConfig;

#[actix_web::test]
async fn a_panic_is_an_answer_and_the_connection_lives() {
    let server = TestServer::start(HttpConfig::default()).await;
    let mut connection = server.connect().await;
    for _ in 0..2 {
        let fallen = connection.ask("GET /test/panic HTTP/1.1\r\nx-request-id: mine-17", "").await;
        let problem = fallen.expect_problem(500, "internal_error");
        assert_eq!(problem["request_id"], "mine-17");
        assert!(!fallen.body.contains("secret"), "{fallen:?}");
        assert_eq!(connection.ask("GET /livez HTTP/1.1", "").await.status, 200);
    }
    server.stop().await;
}

#[actix_web::test]
async fn ids_are_taken_when_sane_and_made_otherwise() {
    let server = TestServer::start(HttpConfig::default()).await;
    let ask = async |id: &str| {
        let head = format!("GET /livez HTTP/1.1\r\nx-request-id: {id}");
        server.ask(&head, "").await.header("x-request-id").to_owned()
    };
    assert_eq!(ask("trace.7_f-").await, "trace.7_f-");
    for insane in ["a b", "<script>", ""] {
        let made = ask(insane).await;
        assert_eq!(made.len(), 36, "{made}");
    }
    server.stop().await;
}

#[actix_web::test]
async fn too_much_at_once_is_told_to_come_back() {
    let config = HttpConfig { max_requests_in_flight: 0, ..HttpConfig::default() };
    let server = TestServer::start(config).await;
    let reply = server.ask("GET /livez HTTP/1.1", "").await;
    reply.expect_problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), "1");
    server.stop().await;
}

#[actix_web::test]
async fn tls_is_insisted_on_only_where_it_is_there() {
    let server = TestServer::start(HttpConfig::default()).await;
    assert_eq!(server.ask("GET /livez HTTP/1.1", "").await.header("strict-transport-security"), "");
    server.stop().await;
    let server = TestServer::start(HttpConfig { hsts: true, ..HttpConfig::default() }).await;
    let reply = server.ask("GET /livez HTTP/1.1", "").await;
    assert!(reply.header("strict-transport-security").starts_with("max-age="));
    server.stop().await;
}

#[actix_web::test]
async fn probes_and_keys_need_no_credential() {
    let server = TestServer::start(HttpConfig::default()).await;
    for path in ["/livez", "/readyz", "/.well-known/jwks.json"] {
        // Not even a good one: a probe must not ask the database who is asking.
        let head = format!("GET {path} HTTP/1.1\r\nauthorization: Bearer nonsense");
        assert_eq!(server.ask(&head, "").await.status, 200, "{path}");
    }
    let head = "GET /v1/invitations/x HTTP/1.1\r\nauthorization: Bearer nonsense";
    server.ask(head, "").await.expect_problem(401, "invalid_credentials");
    server.ask("GET /v1/invitations/x HTTP/1.1", "").await.expect_problem(404, "not_found");
    server.stop().await;
}
