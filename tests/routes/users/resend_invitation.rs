//! `POST /v1/users/{id}/resend-invitation`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::{Client, Request};
use crate::support::time::expect_instant;
use crate::support::world::{PASSWORD, World};

/// Somebody who is invited: their id, and their first link's token.
async fn invited(acme: &World, role: &str) -> (String, String) {
    let body = json!({"email": "tom@acme.example", "first_name": "Tom", "role": role});
    let made = acme.owner.post("/v1/users", body).await.expect(201).json();
    (text(&made["id"]), token(&made))
}

fn resend(client: &Client, id: &str) -> Request {
    client.request(Method::POST, format!("/v1/users/{id}/resend-invitation"))
}

fn token(user: &Value) -> String {
    text(&user["invitation"]["token"])
}

async fn accept(acme: &World, token: &str) -> Answer {
    let path = format!("/v1/invitations/{token}/accept");
    acme.anonymous().post(path, json!({"password": PASSWORD})).await
}

both! {
    async fn gives_another_link_and_the_older_one_dies(database: Database) {
        let acme = World::start(database).await;
        let (id, first) = invited(&acme, "agent").await;
        let answer = resend(&acme.owner, &id).await.expect(200);
        let user = answer.json();
        assert_eq!(user["id"], id);
        assert_eq!(user["status"], "invited");
        assert_eq!(answer.header("etag"), format!("\"{}\"", user["version"]));
        let second = token(&user);
        assert!(text(&user["invitation"]["url"]).contains(&second), "{user}");
        expect_instant(&text(&user["invitation"]["expires_at"]));

        accept(&acme, &first).await.expect_problem(409, "invitation_revoked");
        let shown = acme.anonymous().get(format!("/v1/invitations/{first}")).await;
        shown.expect_problem(409, "invitation_revoked");
        accept(&acme, &second).await.expect(200);
    }

    async fn is_the_way_out_of_an_expired_invitation(database: Database) {
        let mut acme = World::start(database).await;
        let (id, first) = invited(&acme, "agent").await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+8d")]).await;
        accept(&acme, &first).await.expect_problem(409, "invitation_expired");
        let olivia = acme.owner.signed_in_again().await;
        let second = resend(&olivia, &id).await.expect(200).json();
        accept(&acme, &first).await.expect_problem(409, "invitation_revoked");
        accept(&acme, &token(&second)).await.expect(200);
    }

    async fn is_for_those_who_have_not_joined(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        resend(&acme.owner, &tom.id).await.expect_problem(409, "user_not_invited");
        resend(&acme.owner, &acme.id).await.expect_problem(404, "not_found");
        let globex = acme.second_organization().await;
        resend(&globex.owner, &tom.id).await.expect_problem(404, "not_found");
        let stale = resend(&acme.owner, &tom.id).if_match(&json!(99)).await;
        stale.expect_problem(412, "precondition_failed");
    }

    async fn is_for_people_who_could_invite_somebody_with_that_role(database: Database) {
        let acme = World::start(database).await;
        let (id, first) = invited(&acme, "owner").await;
        let ada = acme.person("admin", "Ada").await;
        resend(&ada, &id).await.expect_problem(403, "permission_denied");
        let mia = acme.person("manager", "Mia").await;
        resend(&mia, &id).await.expect_problem(403, "permission_denied");
        let key = acme.integration(&["users.invite", "users.view"]).await;
        resend(&key, &id).await.expect_problem(403, "person_required");
        acme.anonymous().get(format!("/v1/invitations/{first}")).await.expect(200);
        resend(&acme.owner, &id).await.expect(200);
    }

    async fn answers_a_repetition_as_it_answered_first(database: Database) {
        let acme = World::start(database).await;
        let (id, _) = invited(&acme, "agent").await;
        let first = resend(&acme.owner, &id).idempotency_key("again").await.expect(200);
        let again = resend(&acme.owner, &id).idempotency_key("again").await.expect(200);
        assert_eq!(again.json(), first.json());
        assert_eq!(again.header("idempotency-replayed"), "true");
        accept(&acme, &token(&again.json())).await.expect(200);
        let late = resend(&acme.owner, &id).idempotency_key("again").await.expect(200);
        assert_eq!(late.json(), first.json());
    }

    async fn at_once_leaves_one_link_that_works(database: Database) {
        let acme = World::start(database).await;
        let (id, first) = invited(&acme, "agent").await;
        let (a, b, c) = tokio::join!(
            resend(&acme.owner, &id).into_future(),
            resend(&acme.owner, &id).into_future(),
            resend(&acme.owner, &id).into_future(),
        );
        let mut tokens = vec![first];
        tokens.extend([a, b, c].map(|answer| token(&answer.expect(200).json())));
        let mut open = Vec::new();
        for token in &tokens {
            let shown = acme.anonymous().get(format!("/v1/invitations/{token}")).await;
            match shown.status.as_u16() {
                200 => open.push(token),
                _ => drop(shown.expect_problem(409, "invitation_revoked")),
            }
        }
        assert_eq!(open.len(), 1);
        accept(&acme, open[0]).await.expect(200);
        acme.ends_in_order(Vec::new()).await;
    }

    async fn against_an_acceptance_one_of_the_two_wins(database: Database) {
        let acme = World::start(database).await;
        // An acceptance hashes a password first: the other starts sooner or later in it, after so
        // many other requests.
        let requests = (0_u32..).step_by(4);
        for (name, before) in ["Ann", "Ben", "Cem", "Dee", "Eva", "Fay"].iter().zip(requests) {
            let email = format!("{name}@acme.example");
            let body = json!({"email": email, "first_name": name});
            let made = acme.owner.post("/v1/users", body).await.expect(201).json();
            let (id, first) = (text(&made["id"]), token(&made));
            let late = async {
                for _ in 0..before {
                    acme.anonymous().get("/livez").await.expect(200);
                }
                resend(&acme.owner, &id).await
            };
            let (accepted, resent) = tokio::join!(accept(&acme, &first), late);
            let status = if accepted.status == 200 {
                resent.expect_problem(409, "user_not_invited");
                "active"
            } else {
                accepted.expect_problem(409, "invitation_revoked");
                let second = token(&resent.expect(200).json());
                acme.anonymous().get(format!("/v1/invitations/{second}")).await.expect(200);
                "invited"
            };
            let user = acme.owner.get(format!("/v1/users/{id}")).await.expect(200).json();
            assert_eq!(user["status"], status);
        }
        acme.ends_in_order(Vec::new()).await;
    }
}
