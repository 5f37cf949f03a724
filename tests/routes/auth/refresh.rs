//! `POST /v1/auth/refresh`.

use serde_json::json;

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{Person, World};

async fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/v1/auth/refresh", json!({"refresh_token": token})).await
}

both! {
    async fn exchanges_a_refresh_token_for_new_tokens(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let answer = refresh(&anonymous, &acme.owner.refresh_token).await;
        let again = Person::from_sign_in(&anonymous, &answer);
        assert_ne!(again.refresh_token, acme.owner.refresh_token);
        assert_eq!(again.id, acme.owner.id);
        again.get("/v1/me").await.expect(200);
        // The session is the same one: its earlier access token is still good.
        acme.owner.get("/v1/me").await.expect(200);
    }

    async fn answers_again_when_an_answer_was_lost(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        refresh(&anonymous, &acme.owner.refresh_token).await.expect(200);
        let second = refresh(&anonymous, &acme.owner.refresh_token).await;
        let person = Person::from_sign_in(&anonymous, &second);
        person.get("/v1/me").await.expect(200);
        refresh(&anonymous, &person.refresh_token).await.expect(200);
    }

    async fn ends_the_whole_session_when_a_spent_token_comes_back(database: Database) {
        let mut acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let answer = refresh(&anonymous, &acme.owner.refresh_token).await;
        let thief = Person::from_sign_in(&anonymous, &answer);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+11s")]).await;
        thief.get("/v1/me").await.expect(200);

        refresh(&anonymous, &acme.owner.refresh_token)
            .await
            .expect_problem(401, "invalid_refresh_token");
        refresh(&anonymous, &thief.refresh_token)
            .await
            .expect_problem(401, "invalid_refresh_token");
        thief.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        acme.owner.get("/v1/me").await.expect_problem(401, "invalid_credentials");
    }

    async fn leaves_one_live_successor_and_the_other_ends_the_session(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let first = refresh(&anonymous, &acme.owner.refresh_token).await;
        let first = Person::from_sign_in(&anonymous, &first);
        let second = refresh(&anonymous, &acme.owner.refresh_token).await;
        let second = Person::from_sign_in(&anonymous, &second);
        let third = refresh(&anonymous, &second.refresh_token).await;
        let third = Person::from_sign_in(&anonymous, &third);
        third.get("/v1/me").await.expect(200);

        for dead in [&first, &third] {
            let answer = refresh(&anonymous, &dead.refresh_token).await;
            answer.expect_problem(401, "invalid_refresh_token");
        }
        third.get("/v1/me").await.expect_problem(401, "invalid_credentials");
    }

    async fn ends_the_session_when_the_answer_was_not_lost(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let first = refresh(&anonymous, &acme.owner.refresh_token).await;
        let first = Person::from_sign_in(&anonymous, &first);
        let second = refresh(&anonymous, &first.refresh_token).await;
        let second = Person::from_sign_in(&anonymous, &second);
        let answer = refresh(&anonymous, &acme.owner.refresh_token).await;
        answer.expect_problem(401, "invalid_refresh_token");
        second.get("/v1/me").await.expect_problem(401, "invalid_credentials");
    }

    async fn leaves_other_sessions_alone_when_one_ends(database: Database) {
        let mut acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let elsewhere = acme.owner.signed_in_again().await;
        refresh(&anonymous, &acme.owner.refresh_token).await.expect(200);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+11s")]).await;
        refresh(&anonymous, &acme.owner.refresh_token)
            .await
            .expect_problem(401, "invalid_refresh_token");
        elsewhere.get("/v1/me").await.expect(200);
        refresh(&anonymous, &elsewhere.refresh_token).await.expect(200);
    }

    async fn ends_for_good_thirty_days_after_sign_in(database: Database) {
        let mut acme = World::start(database).await;
        let anonymous = acme.anonymous();
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+29d")]).await;
        let answer = refresh(&anonymous, &acme.owner.refresh_token).await;
        let person = Person::from_sign_in(&anonymous, &answer);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+31d")]).await;
        refresh(&anonymous, &person.refresh_token)
            .await
            .expect_problem(401, "invalid_refresh_token");
    }

    async fn refuses_what_was_never_a_refresh_token(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        for token in ["nonsense", "", &acme.owner.access_token] {
            let answer = refresh(&anonymous, token).await;
            assert!(matches!(answer.status.as_u16(), 401 | 422), "{answer}");
        }
        refresh(&anonymous, "evr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            .await
            .expect_problem(401, "invalid_refresh_token");
    }

    async fn gives_each_of_many_at_once_a_successor_of_which_one_lives(database: Database) {
        let acme = World::start(database).await;
        let anonymous = acme.anonymous();
        let token = &acme.owner.refresh_token;
        let (first, second, third) = tokio::join!(
            refresh(&anonymous, token),
            refresh(&anonymous, token),
            refresh(&anonymous, token)
        );
        let people =
            [first, second, third].map(|answer| Person::from_sign_in(&anonymous, &answer));
        for person in &people {
            person.get("/v1/me").await.expect(200);
        }
        // Nobody knows which came last; a dead one ends the session for all.
        let mut exchanged = 0;
        for person in &people {
            let answer = refresh(&anonymous, &person.refresh_token).await;
            exchanged += i32::from(answer.status == 200);
        }
        assert!(exchanged <= 1, "{exchanged}");
        acme.owner.get("/v1/me").await.expect_problem(401, "invalid_credentials");
    }
}
