//! `PUT /v1/me/password`.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{PASSWORD, Person, World, set_up};

const NEW: &str = "plum violin tractor";

async fn change(person: &Client, current: &str, new: &str) -> Answer {
    person.put("/v1/me/password", json!({"current_password": current, "new_password": new})).await
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/v1/auth/login", json!({"email": email, "password": password})).await
}

both! {
    async fn is_the_new_one_from_then_on_and_other_sessions_end(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let (phone, laptop) = (tom.signed_in_again().await, tom.signed_in_again().await);
        change(&laptop, PASSWORD, NEW).await.expect(204);

        laptop.get("/v1/me").await.expect(200);
        for ended in [&tom, &phone] {
            ended.get("/v1/me").await.expect_problem(401, "invalid_credentials");
            for replica in &replicas {
                ended.at(replica).get("/v1/me").await.expect_problem(401, "invalid_credentials");
            }
        }
        let anonymous = acme.anonymous();
        login(&anonymous, &tom.email, PASSWORD)
            .await
            .expect_problem(401, "wrong_email_or_password");
        login(&anonymous, &tom.email, NEW).await.expect(200);
        acme.owner.get("/v1/me").await.expect(200);

        let path = format!("/v1/audit-log?subject_id={}", tom.id);
        let told = acme.owner.get(path).await.expect(200).items();
        assert!(told.iter().any(|line| line["kind"] == "password.changed"
            && line["actor"]["id"] == tom.id.as_str()
            && line["address"] == "127.0.0.1"), "{told:?}");
        let told = acme.owner.get("/v1/audit-log?kind=session.ended").await.expect(200).items();
        let reasons: Vec<&Value> = told.iter().map(|line| &line["data"]["reason"]).collect();
        assert_eq!(reasons, ["password_changed", "password_changed"]);
    }

    async fn is_the_accounts_in_all_organizations(database: Database) {
        let acme = World::start(database).await;
        set_up(&acme.database, "Globex", "olivia@acme.example").await.expect_success();
        let anonymous = acme.anonymous();
        let choices = login(&anonymous, "olivia@acme.example", PASSWORD).await.json();
        let globex = choices["organizations"].as_array().unwrap().iter();
        let globex = globex.map(|choice| text(&choice["id"])).find(|id| *id != acme.id).unwrap();
        let body = json!({
            "email": "olivia@acme.example", "password": PASSWORD, "organization_id": globex,
        });
        let answer = anonymous.post("/v1/auth/login", body).await;
        let elsewhere = Person::from_sign_in(&anonymous, &answer);
        change(&elsewhere, PASSWORD, NEW).await.expect(204);
        acme.owner.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        let told = elsewhere.get("/v1/audit-log?kind=password.changed").await.expect(200).items();
        assert_eq!(told.len(), 1);
        let body =
            json!({"email": "olivia@acme.example", "password": NEW, "organization_id": acme.id});
        let answer = anonymous.post("/v1/auth/login", body).await;
        let again = Person::from_sign_in(&anonymous, &answer);
        let told = again.get("/v1/audit-log?kind=password.changed").await.expect(200).items();
        assert_eq!(told.len(), 1, "each of its organizations is told");
    }

    async fn tells_all_faults_at_once_and_never_401(database: Database) {
        let acme = World::start(database).await;
        let owner = &acme.owner;
        let wrong = ("/current_password", "wrong_password");
        change(owner, "not the one I have", NEW).await.expect_faults(&[wrong]);
        change(owner, "not the one I have", "short")
            .await
            .expect_faults(&[wrong, ("/new_password", "too_short")]);
        for (new, code) in [
            ("password1234", "weak_password"),
            ("olivia@acme.example", "weak_password"),
            (&"é".repeat(129), "too_long"),
        ] {
            change(owner, PASSWORD, new).await.expect_faults(&[("/new_password", code)]);
        }
        owner.put("/v1/me/password", json!({})).await.expect_faults(&[
            ("/current_password", "required"),
            ("/new_password", "required"),
        ]);
        owner.get("/v1/me").await.expect(200);
        let told = owner.get("/v1/audit-log?kind=password.refused").await.expect(200).items();
        assert_eq!(told.len(), 2);
    }

    async fn takes_128_characters_and_cuts_none_off(database: Database) {
        let acme = World::start(database).await;
        let long = format!("{}{}", "plum violin tractor ".repeat(6), "12345678");
        assert_eq!(long.chars().count(), 128);
        change(&acme.owner, PASSWORD, &long).await.expect(204);
        let anonymous = acme.anonymous();
        login(&anonymous, &acme.owner.email, &long[..127])
            .await
            .expect_problem(401, "wrong_email_or_password");
        login(&anonymous, &acme.owner.email, &long).await.expect(200);
    }

    async fn cannot_be_guessed_by_who_found_an_open_screen(database: Database) {
        let acme = World::start(database).await;
        for _ in 0..5 {
            change(&acme.owner, "not the one I have", NEW).await.expect(422);
        }
        let refused = change(&acme.owner, PASSWORD, NEW).await;
        refused.expect_problem(429, "too_many_attempts");
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn of_two_changes_at_once_one_is_made(database: Database) {
        let acme = World::start(database).await;
        let other = acme.owner.signed_in_again().await;
        let third = "rusty kettle balcony";
        let (first, second) =
            tokio::join!(change(&acme.owner, PASSWORD, NEW), change(&other, PASSWORD, third));
        let anonymous = acme.anonymous();
        let (made, password) = match (first.status.as_u16(), second.status.as_u16()) {
            (204, 401 | 422) => (&acme.owner, NEW),
            (401 | 422, 204) => (&other, third),
            _ => panic!("{first}\n{second}"),
        };
        made.get("/v1/me").await.expect(200);
        login(&anonymous, &acme.owner.email, password).await.expect(200);
    }

    async fn nobody_stays_signed_in_by_the_old_one(database: Database) {
        let acme = World::start(database).await;
        let (anonymous, email) = (acme.anonymous(), acme.owner.email.as_str());
        let storm = join_all((0..12).map(|_| login(&anonymous, email, PASSWORD)));
        let (answers, changed) = tokio::join!(storm, change(&acme.owner, PASSWORD, NEW));
        changed.expect(204);
        for answer in answers {
            match answer.status.as_u16() {
                200 => {
                    let person = Person::from_sign_in(&anonymous, &answer);
                    person.get("/v1/me").await.expect_problem(401, "invalid_credentials");
                }
                401 | 429 => {}
                _ => panic!("{answer}"),
            }
        }
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn is_a_matter_of_people(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        change(&form, PASSWORD, NEW).await.expect_problem(403, "person_required");
    }
}
