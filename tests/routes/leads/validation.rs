//! `POST /v1/leads`: what is refused, and how it is said.

use serde_json::{Map, Value, json};

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::world::World;

async fn post(acme: &World, body: Value) -> Answer {
    acme.owner.post("/v1/leads", body).await
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({"in": inner}))
}

both! {
    async fn names_all_faults_at_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "first_name": "x".repeat(201),
            "last_name": 5,
            "email": "nobody",
            "phone": "12",
            "company": "x".repeat(201),
            "country": "ZZZ",
            "value": {"amount_minor": 100, "currency": "POUND"},
            "external_id": "x".repeat(256),
            "status": "lukewarm",
            "tags": ["fine", "x".repeat(65)],
            "nickname": "Lee",
        });
        post(&acme, body).await.expect_faults(&[
            ("/company", "too_long"),
            ("/country", "invalid_country"),
            ("/email", "invalid_email"),
            ("/external_id", "too_long"),
            ("/first_name", "too_long"),
            ("/last_name", "invalid_type"),
            ("/nickname", "unknown_field"),
            ("/phone", "invalid_phone"),
            ("/status", "unknown_status"),
            ("/tags/1", "too_long"),
            ("/value/currency", "invalid_currency"),
        ]);
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());
    }

    async fn needs_some_way_to_address_somebody(database: Database) {
        let acme = World::start(database).await;
        for body in
            [json!({}), json!({"company": "Acme"}), json!({"first_name": "  ", "email": null})]
        {
            let faults = post(&acme, body).await.faults();
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(faults[0].1, "contact_required");
        }
    }

    async fn counts_characters_not_bytes(database: Database) {
        let acme = World::start(database).await;
        post(&acme, json!({"first_name": "ß".repeat(200)})).await.expect(201);
        let answer = post(&acme, json!({"first_name": "ß".repeat(201)})).await;
        answer.expect_faults(&[("/first_name", "too_long")]);
    }

    async fn judges_a_phone_by_its_country(database: Database) {
        let acme = World::start(database).await;
        let american = json!({"phone": "650-253-0000", "country": "US"});
        post(&acme, american).await.expect(201);
        for phone in ["650-253-0000", "0", "call me", "+44 20"] {
            let answer = post(&acme, json!({"phone": phone})).await;
            answer.expect_faults(&[("/phone", "invalid_phone")]);
        }
    }

    async fn bounds_tags_and_custom_fields(database: Database) {
        let acme = World::start(database).await;
        let tags: Vec<String> = (0..51).map(|n| format!("tag{n}")).collect();
        let answer = post(&acme, json!({"first_name": "A", "tags": tags})).await;
        answer.expect_faults(&[("/tags", "too_many")]);

        let many: Map<String, Value> = (0..201).map(|n| (format!("key{n}"), json!(n))).collect();
        let large = json!({"text": "x".repeat(33 * 1024)});
        for (fields, code) in
            [(json!(many), "too_many"), (large, "too_large"), (nested(8), "too_deep")]
        {
            let answer = post(&acme, json!({"first_name": "A", "custom_fields": fields})).await;
            answer.expect_faults(&[("/custom_fields", code)]);
        }
        post(&acme, json!({"first_name": "A", "custom_fields": nested(4)})).await.expect(201);
    }

    async fn refuses_custom_fields_deep_enough_to_break_a_parser(database: Database) {
        let acme = World::start(database).await;
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let body = format!(r#"{{"first_name": "A", "custom_fields": {{"deep": {deep}}}}}"#);
        let answer = acme.owner.request(reqwest::Method::POST, "/v1/leads").raw_json(body).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{}", answer.status);
    }

    async fn takes_only_assignments_that_make_sense(database: Database) {
        let acme = World::start(database).await;
        let cases = [
            (json!({"mode": "distribute"}), "/assignment/group_id"),
            (json!({"mode": "user"}), "/assignment/user_id"),
            (json!({"mode": "lottery"}), "/assignment/mode"),
            (json!({"mode": "none", "user_id": acme.owner.id}), "/assignment/user_id"),
            (json!({"mode": "distribute", "group_id": "blue"}), "/assignment/group_id"),
            (json!({}), "/assignment/mode"),
        ];
        for (assignment, pointer) in cases {
            let body = json!({"first_name": "A", "assignment": assignment});
            let faults = post(&acme, body).await.faults();
            let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
            assert_eq!(pointers, [pointer], "{assignment}");
        }
    }

    async fn refuses_a_nul_character_wherever_it_hides(database: Database) {
        let acme = World::start(database).await;
        for body in [
            r#"{"first_name": "A\u0000B"}"#,
            r#"{"first_name": "A", "tags": ["\u0000"]}"#,
            r#"{"first_name": "A", "custom_fields": {"a\u0000": 1}}"#,
            r#"{"first_name": "A", "custom_fields": {"a": ["b\u0000"]}}"#,
        ] {
            let request = acme.owner.request(reqwest::Method::POST, "/v1/leads").raw_json(body);
            request.await.expect_problem(400, "malformed_json");
        }
        let harmless = r#"{"first_name": "A \\u0000 B"}"#;
        let request = acme.owner.request(reqwest::Method::POST, "/v1/leads").raw_json(harmless);
        assert_eq!(request.await.expect(201).json()["first_name"], r"A \u0000 B");
    }
}
