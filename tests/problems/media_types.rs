//! What a body may be called, and how many faults it may have.

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::both;
use crate::support::world::World;

const LEAD: &str = r#"{"first_name": "Lee"}"#;

both! {
    async fn a_patch_may_be_called_a_merge_patch(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let patch = acme.owner.request(Method::PATCH, format!("/v1/groups/{group}"));
        let patch = patch.bytes("application/merge-patch+json", r#"{"name": "Support"}"#);
        assert_eq!(patch.await.expect(200).json()["name"], "Support");
        let post = acme.owner.request(Method::POST, "/v1/leads");
        let answer = post.bytes("application/merge-patch+json", LEAD).await;
        answer.expect_problem(415, "unsupported_media_type");
    }

    async fn json_is_utf_8_and_said_once(database: Database) {
        let acme = World::start(database).await;
        let post = || acme.owner.request(Method::POST, "/v1/leads");
        for charset in ["utf-8", "UTF-8", "\"utf-8\""] {
            post().bytes(&format!("application/json;charset={charset}"), LEAD).await.expect(201);
        }
        for charset in ["iso-8859-1", "utf-16", "\"\""] {
            let answer = post().bytes(&format!("application/json; charset={charset}"), LEAD).await;
            answer.expect_problem(415, "unsupported_media_type");
        }
        let twice = post().header("Content-Type", "application/json").raw_json(LEAD).await;
        twice.expect_problem(415, "unsupported_media_type");
    }

    async fn a_flood_of_faults_is_counted_and_cut(database: Database) {
        let acme = World::start(database).await;
        let flood: Map<String, Value> =
            (0..200).map(|number| (format!("field_{number}"), Value::Null)).collect();
        let answer = acme.owner.post("/v1/leads", Value::Object(flood)).await;
        let problem = answer.expect_problem(422, "validation_failed");
        assert_eq!(problem["detail"], "50 of 200 faults");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 50);

        let ids = vec!["x"; 1000];
        let answer = acme.owner.post("/v1/groups", json!({"name": "A", "user_ids": ids})).await;
        let problem = answer.expect_problem(422, "validation_failed");
        assert_eq!(problem["detail"], "50 of 1000 faults");
    }

    async fn a_long_name_is_not_told_back_whole(database: Database) {
        let acme = World::start(database).await;
        let name = "n".repeat(100_000);
        let answer = acme.owner.post("/v1/leads", json!({"first_name": "Lee", name: 1})).await;
        assert!(answer.bytes.len() < 1_000, "{answer}");
        let query = format!("/v1/me?{}=1", "n".repeat(5_000));
        let answer = acme.owner.get(query).await;
        answer.expect_faults(&[(&format!("/{}", "n".repeat(200)), "unknown_parameter")]);
    }
}
