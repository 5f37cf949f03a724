//! `POST /v1/api-keys`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn shows_the_key_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"name": "Web form", "scopes": ["leads.create"]});
        let answer = acme.owner.post("/v1/api-keys", body).await.expect(201);
        let made = answer.json();
        let key = text(&made["key"]);
        assert!(key.starts_with("evh_"), "{key}");
        assert!(key.starts_with(&text(&made["prefix"])) && key != text(&made["prefix"]), "{made}");
        assert_eq!(made["name"], "Web form");
        assert_eq!(made["scopes"], json!(["leads.create"]));
        for member in ["source", "group_ids", "expires_at", "revoked_at", "last_used_at"] {
            assert_eq!(made[member], Value::Null, "{member} of {made}");
        }
        expect_instant(&text(&made["created_at"]));
        assert_eq!(answer.header("location"), format!("/v1/api-keys/{}", text(&made["id"])));

        let shown = acme.owner.get(answer.header("location")).await.expect(200);
        assert_eq!(shown.json()["key"], Value::Null);
        assert_eq!(shown.json()["prefix"], made["prefix"]);
        assert_eq!(shown.header("etag"), answer.header("etag"));
    }

    async fn is_for_people_alone(database: Database) {
        let acme = World::start(database).await;
        let manager = acme.integration(&["api_keys.manage", "leads.create"]).await;
        let body = json!({"name": "Copy", "scopes": ["leads.create"]});
        manager.post("/v1/api-keys", body).await.expect_problem(403, "person_required");
    }

    async fn names_every_fault_of_the_body(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "scopes": ["leads.create", "leads.dance"],
            "group_ids": ["01890a5d-ac96-774b-bcce-b302099a8057"],
            "expires_at": "2001-01-01T00:00:00Z",
            "colour": "red",
        });
        acme.owner.post("/v1/api-keys", body).await.expect_faults(&[
            ("/colour", "unknown_field"),
            ("/expires_at", "must_be_future"),
            ("/group_ids/0", "unknown_group"),
            ("/name", "required"),
            ("/scopes/1", "unknown_permission"),
        ]);
    }

    async fn knows_no_group_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let theirs = globex.group("Sales", &[&globex.owner]).await;
        let body = json!({"name": "Form", "scopes": ["leads.create"], "group_ids": [theirs]});
        let answer = acme.owner.post("/v1/api-keys", body).await;
        answer.expect_faults(&[("/group_ids/0", "unknown_group")]);
    }

    async fn is_refused_to_those_who_may_not_manage_keys(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body = json!({"name": "Mine", "scopes": ["leads.create"]});
        let problem = tom.post("/v1/api-keys", body).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "api_keys.manage");
    }
}
