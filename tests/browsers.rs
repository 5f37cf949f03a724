//! What browsers need: cross-origin rules, and headers that keep pages out of harm's way.

use reqwest::Method;

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::World;

const OURS: &str = "https://app.example";
const CORS: [(&str, &str); 1] = [("EVENHAND_CORS_ORIGINS", OURS)];

async fn preflight(client: &Client, origin: &str) -> Answer {
    client
        .request(Method::OPTIONS, "/v1/leads")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,content-type,idempotency-key,if-match,if-none-match",
        )
        .await
}

both! {
    async fn the_listed_origin_may_do_everything(database: Database) {
        let acme = World::start_with(database, &CORS).await;
        let asked = preflight(&acme.anonymous(), OURS).await;
        assert!(asked.status.is_success(), "{asked}");
        assert_eq!(asked.header("access-control-allow-origin"), OURS);
        let headers = asked.header("access-control-allow-headers").to_lowercase();
        for name in ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"] {
            assert!(headers.contains(name), "{name} in {headers}");
        }
        let methods = asked.header("access-control-allow-methods");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            assert!(methods.contains(method), "{method} in {methods}");
        }
        let answer = acme.owner.get("/v1/me").header("Origin", OURS).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), OURS);
        let exposed = answer.header("access-control-expose-headers").to_lowercase();
        for name in ["etag", "location", "x-request-id", "idempotency-replayed", "retry-after"] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
        assert!(answer.header("vary").to_lowercase().contains("origin"), "{:?}", answer.headers);
    }

    async fn the_listed_origin_can_read_problems_too(database: Database) {
        let acme = World::start_with(database, &CORS).await;
        for path in ["/v1/me", "/v1/unicorns"] {
            let answer = acme.anonymous().get(path).header("Origin", OURS).await;
            assert_eq!(answer.header("access-control-allow-origin"), OURS, "{answer}");
        }
    }

    async fn no_other_origin_is_let_in(database: Database) {
        let acme = World::start_with(database, &CORS).await;
        for origin in [
            "https://evil.example",
            "https://app.example.evil.example",
            "null",
            "http://app.example",
        ] {
            let asked = preflight(&acme.anonymous(), origin).await;
            assert_eq!(asked.header("access-control-allow-origin"), "", "{origin}");
            let answer = acme.owner.get("/v1/me").header("Origin", origin).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{origin}");
        }
    }

    async fn nobody_is_let_in_where_no_origin_is_listed(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.owner.get("/v1/me").header("Origin", OURS).await.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }

    async fn every_answer_carries_the_headers_that_protect(database: Database) {
        let acme = World::start(database).await;
        let answers = [
            acme.owner.get("/v1/me").await,
            acme.owner.get("/v1/unicorns").await,
            acme.anonymous().get("/v1/me").await,
            acme.anonymous().get("/livez").await,
            acme.owner.request(Method::POST, "/v1/leads").raw_json("{").await,
        ];
        for answer in answers {
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer}");
            assert!(!answer.header("content-security-policy").is_empty(), "{answer}");
            assert!(!answer.header("referrer-policy").is_empty(), "{answer}");
        }
        let private = acme.owner.get("/v1/me").await;
        assert!(private.header("cache-control").contains("no-store"), "{:?}", private.headers);
    }

    async fn the_docs_load_nothing_from_elsewhere(database: Database) {
        let acme = World::start(database).await;
        let mut page = acme.anonymous().get("/docs").await;
        if page.status.is_redirection() {
            page = acme.anonymous().get(page.header("location")).await;
        }
        let html = String::from_utf8(page.expect(200).bytes).unwrap();
        for elsewhere in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
            assert!(!html.contains(elsewhere), "{elsewhere} in {html}");
        }
    }
}
