//! `POST /v1/users`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::world::World;

both! {
    async fn makes_an_invited_user_and_shows_the_invitation_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "Tom@Acme.example", "first_name": "Tom", "send_email": false});
        let answer = acme.owner.post("/v1/users", body).await.expect(201);
        let made = answer.json();
        assert_eq!(answer.header("location"), format!("/v1/users/{}", text(&made["id"])));
        assert_eq!(answer.header("etag"), format!("\"{}\"", made["version"]));
        assert_eq!(made["status"], "invited");
        assert_eq!(made["role"], "agent", "the default");
        assert_eq!(made["partner"], false);
        assert_eq!(made["last_name"], Value::Null);
        let invitation = &made["invitation"];
        assert!(text(&invitation["url"]).contains(&text(&invitation["token"])), "{invitation}");
        expect_instant(&text(&invitation["expires_at"]));

        let shown = acme.owner.get(answer.header("location")).await.expect(200).json();
        assert_eq!(shown["invitation"], Value::Null, "it is shown once");
        assert!(!shown.to_string().contains(&text(&invitation["token"])));
    }

    async fn gives_no_role_above_the_inviters(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let invite = |role: &str| {
            json!({
                "email": format!("{role}@acme.example"), "first_name": "New", "role": role,
                "send_email": false,
            })
        };
        ada.post("/v1/users", invite("admin")).await.expect(201);
        let refused = ada.post("/v1/users", invite("owner")).await;
        refused.expect_faults(&[("/role", "permission_not_held")]);
        acme.owner.post("/v1/users", invite("owner")).await.expect(201);
    }

    async fn is_for_those_who_may_invite(database: Database) {
        let acme = World::start(database).await;
        let body = || json!({"email": "new@acme.example", "first_name": "New"});
        for person in [acme.person("manager", "Mia").await, acme.agent("Tom").await] {
            let problem =
                person.post("/v1/users", body()).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "users.invite");
        }
    }

    async fn is_for_people(database: Database) {
        let acme = World::start(database).await;
        let me = acme.owner.get("/v1/me").await.expect(200).json();
        let body = json!({"name": "All", "scopes": me["permissions"]});
        let key = acme.integration_from(body).await;
        let body = json!({"email": "new@acme.example", "first_name": "New", "role": "owner"});
        key.post("/v1/users", body).await.expect_problem(403, "person_required");
        key.post("/v1/users", json!({})).await.expect_problem(403, "person_required");
        assert_eq!(acme.owner.get("/v1/users").await.expect(200).items().len(), 1);
    }

    async fn invites_an_address_once(database: Database) {
        let acme = World::start(database).await;
        acme.invitation("agent", "Tom").await;
        let body =
            json!({"email": "TOM@acme.example", "first_name": "Thomas", "send_email": false});
        acme.owner.post("/v1/users", body).await.expect_problem(409, "user_exists");
        let own =
            json!({"email": "olivia@acme.example", "first_name": "Olivia", "send_email": false});
        acme.owner.post("/v1/users", own).await.expect_problem(409, "user_exists");
    }

    async fn names_every_fault_of_the_body(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "nobody", "role": "king", "nickname": "Tommy"});
        acme.owner.post("/v1/users", body).await.expect_faults(&[
            ("/email", "invalid_email"),
            ("/first_name", "required"),
            ("/nickname", "unknown_field"),
            ("/role", "invalid_value"),
        ]);
    }
}
