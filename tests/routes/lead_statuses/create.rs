//! `POST /v1/lead-statuses`.

use serde_json::json;

use super::{PATH, keys, status};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn adds_a_status_that_leads_can_have_at_once(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = json!({
            "first_name": "Lee", "status": "follow_up", "assignment": {"mode": "none"},
        });
        form.post("/v1/leads", lead.clone()).await.expect_faults(&[("/status", "unknown_status")]);

        let body = json!({"key": "follow_up", "name": "Follow up", "position": 2});
        let answer = acme.owner.post(PATH, body).await.expect(201);
        assert_eq!(answer.header("location"), "/v1/lead-statuses/follow_up");
        let made = answer.json();
        assert_eq!(made, status(&acme.owner, "follow_up").await);
        assert_eq!((&made["kind"], &made["position"]), (&"open".into(), &2.into()));
        assert_eq!(answer.header("etag"), format!("\"{}\"", made["version"]));
        let made = form.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(made["status"], "follow_up");
        let found = acme.owner.get("/v1/leads?status=follow_up").await.expect(200).items();
        assert_eq!(found.len(), 1);

        let body = json!({"key": "spam", "name": "Spam", "kind": "lost"});
        acme.owner.post(PATH, body).await.expect(201);
        assert_eq!(keys(&acme.owner).await.last().unwrap(), "spam");
        // Those of others are theirs.
        let globex = acme.second_organization().await;
        assert!(!keys(&globex.owner).await.contains(&"spam".to_owned()));
    }

    async fn the_first_is_the_status_of_new_leads(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"key": "raw", "name": "Raw", "position": 1});
        acme.owner.post(PATH, body).await.expect(201);
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let lead = acme.owner.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(lead["status"], "raw");
    }

    async fn refuses_what_is_there_too_much_or_wrong(database: Database) {
        let acme = World::start(database).await;
        let taken = acme.owner.post(PATH, json!({"key": "won", "name": "Won again"})).await;
        taken.expect_problem(409, "status_key_taken");
        let wrong = json!({"key": "Follow-up", "name": " ", "kind": "yes", "position": 0});
        acme.owner.post(PATH, wrong).await.expect_faults(&[
            ("/key", "invalid_value"),
            ("/name", "required"),
            ("/kind", "invalid_value"),
            ("/position", "invalid_value"),
        ]);
        let beyond = json!({"key": "far", "name": "Far", "position": 7});
        acme.owner.post(PATH, beyond).await.expect_faults(&[("/position", "too_large")]);
        for number in 5..50 {
            let body = json!({"key": format!("status_{number}"), "name": "More"});
            acme.owner.post(PATH, body).await.expect(201);
        }
        let more = acme.owner.post(PATH, json!({"key": "more", "name": "More"})).await;
        more.expect_problem(409, "too_many_statuses");
        let manager = acme.person("manager", "Mia").await;
        let refused = manager.post(PATH, json!({"key": "mine", "name": "Mine"})).await;
        refused.expect_problem(403, "permission_denied");
    }

    async fn the_same_key_makes_it_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"key": "spam", "name": "Spam"});
        let first = acme.owner.post(PATH, body.clone()).idempotency_key("s").await.expect(201);
        let again = acme.owner.post(PATH, body).idempotency_key("s").await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(first.json(), again.json());
    }
}
