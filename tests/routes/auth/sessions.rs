//! `GET /v1/auth/sessions`, `DELETE /v1/auth/sessions`, `DELETE /v1/auth/sessions/{id}`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::time::expect_instant;
use crate::support::world::{PASSWORD, Person, World, set_up};

const PROXIED: [(&str, &str); 1] = [("EVENHAND_TRUSTED_PROXIES", "127.0.0.0/8")];

async fn sign_in_from(client: &Client, email: &str, agent: &str, address: &str) -> Person {
    let login = json!({"email": email, "password": PASSWORD});
    let answer = client
        .post("/v1/auth/login", login)
        .header("User-Agent", agent)
        .header("X-Forwarded-For", address)
        .await;
    Person::from_sign_in(client, &answer)
}

async fn sessions(person: &Person) -> Vec<Value> {
    person.get("/v1/auth/sessions").await.expect(200).items()
}

async fn current(person: &Person) -> String {
    let sessions = sessions(person).await;
    let current: Vec<&Value> =
        sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1, "{sessions:?}");
    text(&current[0]["id"])
}

both! {
    async fn are_listed_to_their_owner_with_where_they_are(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let anonymous = acme.anonymous();
        let tom = acme.agent("Tom").await;
        let phone = sign_in_from(&anonymous, &tom.email, "Phone/1.0", "203.0.113.7").await;
        let listed = sessions(&phone).await;
        assert_eq!(listed.len(), 2, "newest first, and nobody else's: {listed:?}");
        let session = &listed[0];
        assert_eq!(session["user_agent"], "Phone/1.0");
        assert_eq!(session["address"], "203.0.113.7");
        assert_eq!((&session["current"], &listed[1]["current"]), (&json!(true), &json!(false)));
        for instant in ["created_at", "last_used_at", "expires_at"] {
            expect_instant(&text(&session[instant]));
        }
        assert_eq!(session["created_at"], session["last_used_at"]);

        let refresh = json!({"refresh_token": phone.refresh_token});
        anonymous
            .post("/v1/auth/refresh", refresh)
            .header("User-Agent", "Phone/1.1")
            .header("X-Forwarded-For", "198.51.100.2")
            .await
            .expect(200);
        let session = &sessions(&phone).await[0];
        assert_eq!(session["user_agent"], "Phone/1.1");
        assert_eq!(session["address"], "198.51.100.2");
        assert!(text(&session["last_used_at"]) > text(&session["created_at"]), "{session}");
    }

    async fn an_address_is_believed_of_trusted_proxies_alone(database: Database) {
        let acme = World::start(database).await;
        let person =
            sign_in_from(&acme.anonymous(), &acme.owner.email, "x", "203.0.113.7").await;
        assert_eq!(sessions(&person).await[0]["address"], "127.0.0.1");
    }

    async fn are_paged(database: Database) {
        let acme = World::start(database).await;
        acme.owner.signed_in_again().await;
        let first = acme.owner.get("/v1/auth/sessions?limit=1").await.expect(200).json();
        let cursor = text(&first["next_cursor"]);
        let path = format!("/v1/auth/sessions?limit=1&cursor={cursor}");
        let second = acme.owner.get(path).await.expect(200).json();
        assert_eq!(second["next_cursor"], Value::Null);
        assert_ne!(first["data"][0]["id"], second["data"][0]["id"]);
        acme.owner.get("/v1/auth/sessions?user_id=x").await.expect(422);
    }

    async fn end_one_by_one_at_once_and_everywhere(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let phone = acme.owner.signed_in_again().await;
        let id = current(&phone).await;
        phone.get("/v1/me").await.expect(200);
        acme.owner.delete(format!("/v1/auth/sessions/{id}")).await.expect(204);

        phone.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        for replica in &replicas {
            phone.at(replica).get("/v1/me").await.expect_problem(401, "invalid_credentials");
        }
        let refresh = json!({"refresh_token": phone.refresh_token});
        let answer = acme.anonymous().post("/v1/auth/refresh", refresh).await;
        answer.expect_problem(401, "invalid_refresh_token");
        acme.owner.delete(format!("/v1/auth/sessions/{id}")).await.expect(204);
        assert_eq!(sessions(&acme.owner).await.len(), 1);
    }

    async fn of_others_do_not_exist(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let theirs = [current(&acme.owner).await, current(&globex.owner).await];
        for id in theirs.iter().map(String::as_str).chain(["018f0000-0000-7000-8000-000000000000"])
        {
            let answer = tom.delete(format!("/v1/auth/sessions/{id}")).await;
            answer.expect_problem(404, "not_found");
        }
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn all_others_end_at_once(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let others = [acme.owner.signed_in_again().await, acme.owner.signed_in_again().await];
        acme.owner.delete("/v1/auth/sessions").await.expect(204);
        for other in &others {
            other.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        }
        assert_eq!(sessions(&acme.owner).await.len(), 1);
        tom.get("/v1/me").await.expect(200);
    }

    async fn belong_to_one_organization(database: Database) {
        let acme = World::start(database).await;
        set_up(&acme.database, "Globex", "olivia@acme.example").await.expect_success();
        let anonymous = acme.anonymous();
        let login = json!({"email": "olivia@acme.example", "password": PASSWORD});
        let choices = anonymous.post("/v1/auth/login", login).await;
        let choices = choices.expect_problem(409, "organization_required");
        let globex = choices["organizations"].as_array().unwrap().iter();
        let globex = globex.map(|choice| text(&choice["id"])).find(|id| *id != acme.id).unwrap();
        let login = json!({
            "email": "olivia@acme.example", "password": PASSWORD, "organization_id": globex,
        });
        let answer = anonymous.post("/v1/auth/login", login).await;
        let elsewhere = Person::from_sign_in(&anonymous, &answer);
        assert_eq!(sessions(&elsewhere).await.len(), 1);
        let id = current(&elsewhere).await;
        acme.owner
            .delete(format!("/v1/auth/sessions/{id}"))
            .await
            .expect_problem(404, "not_found");
        acme.owner.delete("/v1/auth/sessions").await.expect(204);
        elsewhere.get("/v1/me").await.expect(200);
    }

    async fn are_a_matter_of_people(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        form.get("/v1/auth/sessions").await.expect_problem(403, "person_required");
        form.delete("/v1/auth/sessions").await.expect_problem(403, "person_required");
    }

    async fn that_start_and_end_are_in_the_audit_log_with_their_address(database: Database) {
        let acme = World::start_with(database, &PROXIED).await;
        let phone =
            sign_in_from(&acme.anonymous(), &acme.owner.email, "x", "203.0.113.7").await;
        let id = current(&phone).await;
        phone
            .delete(format!("/v1/auth/sessions/{id}"))
            .header("X-Forwarded-For", "203.0.113.8")
            .await
            .expect(204);
        let path = format!("/v1/audit-log?subject_id={id}");
        let told = acme.owner.get(path).await.expect(200).items();
        let kinds: Vec<&Value> = told.iter().map(|line| &line["kind"]).collect();
        assert_eq!(kinds, ["session.ended", "session.started"]);
        assert_eq!(told[0]["data"]["reason"], "ended_by_user");
        assert_eq!(told[0]["address"], "203.0.113.8");
        assert_eq!(told[1]["address"], "203.0.113.7");
        assert_eq!(told[1]["credential_id"], *id);
        assert_eq!(told[1]["actor"]["id"], acme.owner.id);
    }
}
