//! `GET` and `POST /v1/custom-fields`.

use serde_json::{Value, json};

use super::{PATH, define, keys};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn defines_a_field_that_everybody_who_sees_leads_reads(database: Database) {
        let acme = World::start(database).await;
        let plan = json!({"key": "Plan A/B 100%", "label": " Plan ", "type": "choice",
            "options": ["Basic", "Pro"]});
        let answer = acme.owner.post(PATH, plan).await.expect(201);
        let made = answer.json();
        assert_eq!((&made["label"], &made["type"]), (&json!("Plan"), &json!("choice")));
        assert_eq!(made["options"], json!(["Basic", "Pro"]));
        assert_eq!(answer.header("etag"), format!("\"{}\"", made["version"]));
        // Whatever the key, its location works.
        let location = answer.header("location").to_owned();
        let changed = acme.owner.patch(location, json!({"label": "Tariff"})).await.expect(200).json();
        assert_eq!(changed["key"], "Plan A/B 100%");
        let budget = json!({"key": "Budget", "label": "Budget", "type": "number"});
        let budget = define(&acme.owner, budget).await;
        assert_eq!(budget["options"], Value::Null);

        let tom = acme.agent("Tom").await;
        let listed = tom.get(PATH).await.expect(200);
        assert_eq!(listed.header("etag"), format!("\"{}\"", budget["version"]));
        assert_eq!(keys(&tom).await, ["Budget", "Plan A/B 100%"]);
        assert_eq!(listed.items()[0], budget);
        let refused = tom.post(PATH, json!({"key": "a", "label": "A", "type": "text"})).await;
        let problem = refused.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "routing.manage");
        let globex = acme.second_organization().await;
        assert!(keys(&globex.owner).await.is_empty());
        let log = acme.owner.get("/v1/audit-log?kind=custom_field.").await.expect(200).items();
        assert_eq!(log.len(), 3);
        assert_eq!(log[0]["data"]["key"], "Budget");
    }

    async fn refuses_what_is_there_too_much_or_wrong(database: Database) {
        let acme = World::start(database).await;
        let field = json!({"key": "plan", "label": "Plan", "type": "text"});
        let post = || acme.owner.post(PATH, field.clone()).idempotency_key("plan");
        let made = post().await.expect(201).json();
        let again = post().await.expect(201);
        assert_eq!((again.header("idempotency-replayed"), again.json()), ("true", made));
        let taken = acme.owner.post(PATH, field.clone()).await;
        taken.expect_problem(409, "custom_field_key_taken");
        let wrong = json!({"key": " ", "type": "choice", "options": ["a", "A", 1], "colour": 1});
        acme.owner.post(PATH, wrong).await.expect_faults(&[
            ("/colour", "unknown_field"),
            ("/key", "required"),
            ("/label", "required"),
            ("/options/1", "duplicate"),
            ("/options/2", "invalid_type"),
        ]);
        for number in 1..100 {
            let key = format!("field {number}");
            define(&acme.owner, json!({"key": key, "label": "More", "type": "text"})).await;
        }
        let more = json!({"key": "more", "label": "More", "type": "text"});
        acme.owner.post(PATH, more).await.expect_problem(409, "too_many_custom_fields");
    }
}
