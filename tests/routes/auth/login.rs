//! `POST /v1/auth/login`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::{PASSWORD, World, set_up};

both! {
    async fn signs_a_person_in(database: Database) {
        let acme = World::start(database).await;
        let login = json!({"email": "Olivia@ACME.example", "password": PASSWORD});
        let answer = acme.anonymous().post("/v1/auth/login", login).await.expect(200);
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 900);
        assert_eq!(body["user"]["id"], acme.owner.id);
        assert_eq!(body["user"]["role"], "owner");
        assert_eq!(body["organization"]["id"], acme.id);
        assert!(!text(&body["refresh_token"]).is_empty());
        assert!(answer.header("cache-control").contains("no-store"), "{answer:?}");
        assert_eq!(text(&body["access_token"]).split('.').count(), 3, "a signed token");
    }

    async fn does_not_tell_a_wrong_password_from_an_unknown_address(database: Database) {
        let acme = World::start(database).await;
        let mut problems = Vec::new();
        for email in ["olivia@acme.example", "nobody@acme.example"] {
            let login = json!({"email": email, "password": "wrong-Otters_knit 41 scarves"});
            let answer = acme.anonymous().post("/v1/auth/login", login).await;
            let problem = answer.expect_problem(401, "wrong_email_or_password");
            problems.push((problem["title"].clone(), problem["detail"].clone()));
        }
        assert_eq!(problems[0], problems[1]);
    }

    async fn names_every_fault_of_the_body(database: Database) {
        let acme = World::start(database).await;
        acme.anonymous().post("/v1/auth/login", json!({"remember": true})).await.expect_faults(&[
            ("/email", "required"),
            ("/password", "required"),
            ("/remember", "unknown_field"),
        ]);
    }

    async fn asks_which_organization_when_there_are_several(database: Database) {
        let acme = World::start(database).await;
        set_up(&acme.database, "Globex", "olivia@acme.example").await.expect_success();
        let login = json!({"email": "olivia@acme.example", "password": PASSWORD});
        acme.anonymous()
            .post("/v1/auth/login", login)
            .await
            .expect_problem(409, "organization_required");

        let login = json!({
            "email": "olivia@acme.example", "password": PASSWORD, "organization_id": acme.id,
        });
        let body = acme.anonymous().post("/v1/auth/login", login).await.expect(200).json();
        assert_eq!(body["organization"]["name"], "Acme");
    }

    async fn lets_nobody_into_an_organization_they_do_not_belong_to(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let login = json!({
            "email": "olivia@acme.example", "password": PASSWORD, "organization_id": globex.id,
        });
        acme.anonymous()
            .post("/v1/auth/login", login)
            .await
            .expect_problem(401, "wrong_email_or_password");
    }

    async fn lets_nobody_in_who_was_only_invited(database: Database) {
        let acme = World::start(database).await;
        acme.invitation("agent", "Tom").await;
        let login = json!({"email": "tom@acme.example", "password": PASSWORD});
        acme.anonymous()
            .post("/v1/auth/login", login)
            .await
            .expect_problem(401, "wrong_email_or_password");
    }
}
