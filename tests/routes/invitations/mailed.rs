//! Invitations that are mailed, and what using one proves.

use std::future::ready;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::database::Database;
use crate::support::mail_server::MailServer;
use crate::support::wait::eventually;
use crate::support::world::{Organization, PASSWORD, Person, World};

const ANOTHER: &str = "another-Otter_knits 42 hats";

/// A world that sends mail.
async fn world_with_mail(database: Database) -> Option<(World, MailServer)> {
    let mail = MailServer::start().await?;
    let url = mail.url();
    let from = ("EVENHAND_MAIL_FROM", "Evenhand <no-reply@evenhand.example>");
    let acme = World::start_with(database, &[("EVENHAND_MAIL", &url), from]).await;
    Some((acme, mail))
}

async fn invite(organization: &Organization, email: &str, send_email: bool) -> Value {
    let body = json!({"email": email, "first_name": "Tom", "send_email": send_email});
    organization.owner.post("/v1/users", body).await.expect(201).json()
}

async fn accept(client: &Client, token: &str, body: Value) -> Answer {
    client.post(format!("/v1/invitations/{token}/accept"), body).await
}

both! {
    async fn go_to_the_address_and_to_nobody_else(database: Database) {
        let Some((acme, mail)) = world_with_mail(database).await else { return };
        let tom = invite(&acme, "tom@acme.example", true).await;
        assert_eq!(tom["invitation"], Value::Null);
        let letter = mail.first_to("delivered", "tom@acme.example").await;
        accept(&acme.anonymous(), &letter.token(), json!({"password": PASSWORD})).await.expect(200);

        let ann = invite(&acme, "ann@acme.example", false).await;
        let token = text(&ann["invitation"]["token"]);
        let again = format!("/v1/users/{}/resend-invitation", text(&ann["id"]));
        let mailed = acme.owner.request(Method::POST, &again).await.expect(200).json();
        assert_eq!(mailed["invitation"], Value::Null);
        let letter = mail.first_to("delivered", "ann@acme.example").await;
        let dead = accept(&acme.anonymous(), &token, json!({"password": PASSWORD})).await;
        dead.expect_problem(409, "invitation_revoked");
        let shown = acme.owner.request(Method::POST, format!("{again}?send_email=false")).await;
        let shown = text(&shown.expect(200).json()["invitation"]["token"]);
        let dead = accept(&acme.anonymous(), &letter.token(), json!({"password": PASSWORD})).await;
        dead.expect_problem(409, "invitation_revoked");
        accept(&acme.anonymous(), &shown, json!({"password": PASSWORD})).await.expect(200);
        let odd = acme.owner.request(Method::POST, format!("{again}?send_email=maybe")).await;
        odd.expect_faults(&[("/send_email", "invalid_value")]);
    }

    /// Somebody was invited, and whoever invited them used the link: the address is not theirs.
    async fn take_an_account_back_from_who_never_proved_the_address(database: Database) {
        let Some((acme, mail)) = world_with_mail(database).await else { return };
        let globex = acme.second_organization().await;
        let squatted = invite(&acme, "tom@tom.example", false).await;
        let token = text(&squatted["invitation"]["token"]);
        let answer = accept(&acme.anonymous(), &token, json!({"password": PASSWORD})).await;
        let squatter = Person::from_sign_in(&acme.anonymous(), &answer);

        invite(&globex, "tom@tom.example", true).await;
        let letter = mail.first_to("delivered", "tom@tom.example").await;
        let none = accept(&squatter, &letter.token(), json!({})).await;
        none.expect_faults(&[("/password", "required")]);
        let weak = accept(&acme.anonymous(), &letter.token(), json!({"password": "short"})).await;
        weak.expect_faults(&[("/password", "too_short")]);
        let answer = accept(&acme.anonymous(), &letter.token(), json!({"password": ANOTHER})).await;
        let tom = Person::from_sign_in(&acme.anonymous(), &answer);
        assert_eq!(tom.get("/v1/me").await.expect(200).json()["organization"]["id"], globex.id);
        squatter.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        let refresh = json!({"refresh_token": squatter.refresh_token});
        let refused = acme.anonymous().post("/v1/auth/refresh", refresh).await;
        refused.expect_problem(401, "invalid_refresh_token");
        let login = |password: &str| {
            let body = json!({
                "email": "tom@tom.example", "password": password, "organization_id": acme.id,
            });
            acme.anonymous().post("/v1/auth/login", body)
        };
        login(PASSWORD).await.expect_problem(401, "wrong_email_or_password");
        login(ANOTHER).await.expect(200);
    }

    async fn change_nothing_of_an_account_whose_address_was_proved(database: Database) {
        let Some((acme, mail)) = world_with_mail(database).await else { return };
        let globex = acme.second_organization().await;
        invite(&acme, "tom@tom.example", true).await;
        let first = mail.first_to("delivered", "tom@tom.example").await;
        let answer = accept(&acme.anonymous(), &first.token(), json!({"password": PASSWORD})).await;
        let tom = Person::from_sign_in(&acme.anonymous(), &answer);
        let invited = invite(&globex, "tom@tom.example", true).await;
        let second = eventually("the second letter comes", || {
            ready(mail.all_to("delivered", "tom@tom.example").into_iter().nth(1))
        });
        let second = second.await.token();
        let wrong = accept(&acme.anonymous(), &second, json!({"password": ANOTHER})).await;
        wrong.expect_problem(401, "wrong_email_or_password");
        let none = accept(&acme.anonymous(), &second, json!({})).await;
        none.expect_faults(&[("/password", "required")]);
        accept(&tom, &second, json!({})).await.expect(200);
        tom.get("/v1/me").await.expect(200);
        let user = globex.owner.get(format!("/v1/users/{}", text(&invited["id"]))).await;
        assert_eq!(user.expect(200).json()["status"], "active");
        // An owner made at set-up is whom the operator says.
        invite(&globex, "olivia@acme.example", true).await;
        let letter = mail.first_to("delivered", "olivia@acme.example").await;
        let wrong = accept(&acme.anonymous(), &letter.token(), json!({"password": ANOTHER})).await;
        wrong.expect_problem(401, "wrong_email_or_password");
    }

    async fn are_not_sent_once_they_are_withdrawn(database: Database) {
        let Some(mut mail) = MailServer::stopped().await else { return };
        let url = mail.url();
        let from = ("EVENHAND_MAIL_FROM", "no-reply@evenhand.example");
        let acme = World::start_with(database, &[("EVENHAND_MAIL", &url), from]).await;
        let tom = invite(&acme, "tom@acme.example", true).await;
        let path = format!("/v1/users/{}/revoke-invitation", text(&tom["id"]));
        acme.owner.request(Method::POST, path).await.expect(204);
        mail.start_again();
        invite(&acme, "ann@acme.example", true).await;
        mail.first_to("delivered", "ann@acme.example").await;
        assert!(mail.all_to("delivered", "tom@acme.example").is_empty());
    }
}
