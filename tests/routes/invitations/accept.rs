//! `POST /v1/invitations/{token}/accept`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{PASSWORD, Person, World, sign_in};

async fn accept(client: &Client, token: &str, body: Value) -> Answer {
    client.post(format!("/v1/invitations/{token}/accept"), body).await
}

both! {
    async fn makes_an_active_user_who_is_signed_in(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let token = acme.invitation("manager", "Mia").await;
        let body = json!({"password": PASSWORD, "first_name": "Maria", "last_name": "Meier"});
        let answer = accept(&anonymous, &token, body).await;
        let mia = Person::from_sign_in(&anonymous, &answer);
        let me = mia.get("/v1/me").await.expect(200).json();
        assert_eq!(me["user"]["first_name"], "Maria");
        assert_eq!(me["user"]["last_name"], "Meier");
        assert_eq!(me["user"]["role"], "manager");
        assert_eq!(me["user"]["status"], "active");
        sign_in(&anonymous, "mia@acme.example").await;
    }

    async fn works_once(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let token = acme.invitation("agent", "Tom").await;
        accept(&anonymous, &token, json!({"password": PASSWORD})).await.expect(200);
        let again = accept(&anonymous, &token, json!({"password": PASSWORD})).await;
        again.expect_problem(409, "invitation_used");
    }

    async fn works_once_even_when_asked_by_many_at_once(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let token = acme.invitation("agent", "Tom").await;
        let body = || json!({"password": PASSWORD});
        let (a, b, c) = tokio::join!(
            accept(&anonymous, &token, body()),
            accept(&anonymous, &token, body()),
            accept(&anonymous, &token, body()),
        );
        let mut statuses = [a, b, c].map(|answer| answer.status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409]);
    }

    async fn is_too_late_after_the_invitation_has_expired(database: Database) {
        let mut acme = World::start(database).await;
        let token = acme.invitation("agent", "Tom").await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+60d")]).await;
        let late = accept(&acme.anonymous(), &token, json!({"password": PASSWORD})).await;
        late.expect_problem(409, "invitation_expired");
    }

    async fn knows_no_other_token(database: Database) {
        let acme = World::start(database).await;
        let mut token = acme.invitation("agent", "Tom").await;
        token.push('x');
        let answer = accept(&acme.anonymous(), &token, json!({"password": PASSWORD})).await;
        answer.expect_problem(404, "not_found");
    }

    async fn refuses_a_weak_password_and_stays_open(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let token = acme.invitation("agent", "Tom").await;
        let short = accept(&anonymous, &token, json!({"password": "k7#Qz"})).await;
        short.expect_faults(&[("/password", "too_short")]);
        let long = accept(&anonymous, &token, json!({"password": "k7#Qz".repeat(26)})).await;
        long.expect_faults(&[("/password", "too_long")]);
        for guessed in ["password1234", "aaaaaaaaaaaaaaaa", "qwertyuiop123"] {
            let weak = accept(&anonymous, &token, json!({"password": guessed})).await;
            weak.expect_faults(&[("/password", "weak_password")]);
        }
        accept(&anonymous, &token, json!({"password": PASSWORD})).await.expect(200);
    }

    async fn lets_an_existing_account_join_with_its_own_password(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let body =
            json!({"email": "olivia@acme.example", "first_name": "Liv", "send_email": false});
        let invited = globex.owner.post("/v1/users", body).await.expect(201).json();
        let token = text(&invited["invitation"]["token"]);

        let anonymous = acme.anonymous();
        let wrong = accept(&anonymous, &token, json!({"password": "another-Otter_knits 42"})).await;
        wrong.expect_problem(401, "wrong_email_or_password");
        let answer = accept(&anonymous, &token, json!({"password": PASSWORD})).await;
        let olivia = Person::from_sign_in(&anonymous, &answer);
        let me = olivia.get("/v1/me").await.expect(200).json();
        assert_eq!(me["organization"]["id"], globex.id);
        assert_eq!(me["user"]["role"], "agent");
    }
}
