//! Routes, methods, paths, and the id of a request.

use reqwest::Method;
use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn an_unknown_route_is_a_problem(database: Database) {
        let acme = World::start(database).await;
        for path in ["/v1/unicorns", "/v2/leads", "/", "/v1/leads/", "/v1//leads"] {
            acme.owner.get(path).await.expect_problem(404, "route_not_found");
        }
        acme.anonymous()
            .post("/v1/unicorns", json!({}))
            .await
            .expect_problem(404, "route_not_found");
    }

    async fn a_wrong_method_is_told_the_right_ones(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.owner.delete("/v1/leads").await;
        answer.expect_problem(405, "method_not_allowed");
        let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "OPTIONS", "POST"]);
        let answer = acme.owner.post("/v1/me", json!({})).await;
        answer.expect_problem(405, "method_not_allowed");
    }

    async fn options_names_the_methods(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.anonymous().request(Method::OPTIONS, "/v1/leads").await.expect(204);
        let mut allowed: Vec<&str> = answer.header("allow").split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "OPTIONS", "POST"]);
    }

    async fn head_answers_like_get_without_a_body(database: Database) {
        let acme = World::start(database).await;
        for path in ["/v1/leads", "/v1/me", "/livez", "/openapi.json"] {
            let head = acme.owner.request(Method::HEAD, path).await.expect(200);
            let get = acme.owner.get(path).await.expect(200);
            assert!(head.bytes.is_empty());
            assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        }
        let head = acme.anonymous().request(Method::HEAD, "/v1/leads").await;
        assert_eq!(head.status, 401);
    }

    async fn an_id_that_is_none_is_a_bad_path(database: Database) {
        let acme = World::start(database).await;
        for path in ["/v1/leads/17", "/v1/groups/blue", "/v1/users/%00", "/v1/leads/%ff"] {
            acme.owner.get(path).await.expect_problem(400, "invalid_path");
        }
    }

    async fn a_sane_request_id_is_taken_and_another_replaced(database: Database) {
        let acme = World::start(database).await;
        let ask = |id: &str| acme.owner.get("/v1/me").header("X-Request-Id", id);
        let sane = "trace.7_f-".repeat(12);
        assert_eq!(ask(&sane).await.header("x-request-id"), sane);
        for insane in ["a b", "<script>", &"x".repeat(129), "a/b", ""] {
            let answer = ask(insane).await.expect(200);
            assert_ne!(answer.header("x-request-id"), insane);
            assert!(!answer.header("x-request-id").is_empty());
        }
        let own = acme.owner.get("/v1/me").await;
        let next = acme.owner.get("/v1/me").await;
        assert_ne!(own.header("x-request-id"), next.header("x-request-id"));
        let problem = acme.owner.get("/v1/unicorns").header("X-Request-Id", "mine-17").await;
        assert_eq!(problem.expect_problem(404, "route_not_found")["request_id"], "mine-17");
    }

    async fn no_problem_tells_how_things_work_inside(database: Database) {
        let acme = World::start(database).await;
        let answers = [
            acme.owner.post("/v1/leads", json!({"first_name": 5})).await,
            acme.owner.get("/v1/leads?cursor=%27%3BDROP").await,
            acme.owner.get("/v1/leads/17").await,
            acme.owner.request(Method::POST, "/v1/leads").raw_json("{").await,
        ];
        for answer in answers {
            let body = String::from_utf8(answer.bytes.clone()).unwrap();
            for inside in ["serde", "sqlx", "sea_orm", "actix", ".rs", "SELECT", "panicked", "src/"]
            {
                assert!(!body.contains(inside), "{inside} in {answer}");
            }
        }
    }
}
