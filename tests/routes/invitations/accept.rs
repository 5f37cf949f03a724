//! `POST /v1/invitations/{token}/accept`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::{Client, Credential};
use crate::support::ledger::expect_sound_ledger;
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

    async fn needs_no_password_from_who_is_signed_in_with_the_account(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let body = json!({"email": tom.email, "first_name": "Tommy", "send_email": false});
        let invited = globex.owner.post("/v1/users", body).await.expect(201).json();
        let token = text(&invited["invitation"]["token"]);
        let other = acme.agent("Ann").await;
        let none = accept(&other, &token, json!({})).await;
        none.expect_faults(&[("/password", "required")]);
        let key = acme.integration(&["leads.view"]).await;
        accept(&key, &token, json!({})).await.expect_faults(&[("/password", "required")]);
        let forged = acme.anonymous().with(Credential::AccessToken("x.y.z".to_owned()));
        accept(&forged, &token, json!({})).await.expect_problem(401, "invalid_credentials");
        let answer = accept(&tom, &token, json!({"first_name": "Tom"})).await;
        let there = Person::from_sign_in(&tom, &answer);
        let me = there.get("/v1/me").await.expect(200).json();
        assert_eq!((&me["organization"]["id"], &me["user"]["first_name"]), (&json!(globex.id), &json!("Tom")));
        tom.get("/v1/me").await.expect(200);
        let body = json!({"email": tom.email, "password": PASSWORD, "organization_id": acme.id});
        acme.anonymous().post("/v1/auth/login", body).await.expect(200);
    }

    /// Who was shown the link tries passwords that cannot become anybody's.
    async fn does_not_tell_who_was_shown_the_link_whether_there_is_an_account(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tokens = async |email: &str| {
            let body = json!({"email": email, "first_name": "Olivia", "send_email": false});
            let invited = globex.owner.post("/v1/users", body).await.expect(201).json();
            text(&invited["invitation"]["token"])
        };
        let name = json!({"name": "Vrumbelquoz"});
        globex.owner.patch("/v1/organization", name).await.expect(200);
        let known = tokens("olivia@acme.example").await;
        let unknown = tokens("oliver@acme.example").await;
        let anonymous = acme.anonymous();
        // The last is guessed by who knows the organization's name, and by nobody else.
        for weak in ["short", "password1234", "vrumbelquoz"] {
            let mut told = Vec::new();
            for token in [&known, &unknown] {
                let answer = accept(&anonymous, token, json!({"password": weak})).await;
                let problem = answer.expect_problem(422, "validation_failed");
                told.push((answer.faults(), problem["errors"].clone()));
            }
            assert_eq!(told[0], told[1], "{weak}");
        }
        accept(&anonymous, &known, json!({"password": PASSWORD})).await.expect(200);
        accept(&anonymous, &unknown, json!({"password": PASSWORD})).await.expect(200);
    }

    async fn at_once_by_many_joins_each_group_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let groups = [
            acme.group("East", &[&tom]).await,
            acme.group("West", &[]).await,
            acme.group("North", &[&tom]).await,
        ];
        let elsewhere = acme.anonymous().at(replicas.first().unwrap_or(&acme.server));
        let mut expected = 0;
        for name in ["ann", "ben", "cem"] {
            let body = json!({
                "email": format!("{name}@acme.example"), "first_name": name,
                "group_ids": groups, "send_email": false,
            });
            let invited = acme.owner.post("/v1/users", body).await.expect(201).json();
            let token = text(&invited["invitation"]["token"]);
            let body = || json!({"password": PASSWORD});
            let here = acme.anonymous();
            let lead = |group: &String| json!({
                "first_name": "Lee", "assignment": {"mode": "distribute", "group_id": group},
            });
            let (a, b, first, last) = tokio::join!(
                accept(&here, &token, body()),
                accept(&elsewhere, &token, body()),
                acme.owner.post("/v1/leads", lead(&groups[0])).into_future(),
                acme.owner.post("/v1/leads", lead(&groups[2])).into_future(),
            );
            first.expect(201);
            last.expect(201);
            let mut statuses = [a, b].map(|answer| answer.status.as_u16());
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
            expected += 1;
        }
        for (group, before) in groups.iter().zip([1, 0, 1]) {
            let members = acme.owner.get(format!("/v1/groups/{group}/members")).await;
            assert_eq!(members.expect(200).items().len(), before + expected);
            expect_sound_ledger(&acme, group).await;
        }
        acme.ends_in_order(replicas).await;
    }
}
