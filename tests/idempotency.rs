//! `Idempotency-Key` on creating requests.

use std::future::IntoFuture as _;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::answer::{Answer, ids, text};
use crate::support::both;
use crate::support::leads::{distribution, lead_for};
use crate::support::world::World;

fn replayed(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count()
}

both! {
    async fn eight_at_once_make_one_lead_and_spend_one_turn(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let form = acme.integration(&["leads.create", "leads.view", "groups.view"]).await;
        let mut doors = vec![form.on_a_new_connection()];
        doors.extend(replicas.iter().map(|replica| form.at(replica)));
        let posts = (0..8).map(|number: usize| {
            let door = &doors[number % doors.len()];
            let post = door.post("/v1/leads", lead_for(&group, 1));
            post.idempotency_key("form-submission-17").into_future()
        });
        let answers = join_all(posts).await;
        for answer in &answers {
            assert_eq!(answer.status, 201, "{answer}");
            assert_eq!(answer.json(), answers[0].json());
            assert_eq!(answer.header("location"), answers[0].header("location"));
            assert_eq!(answer.header("etag"), answers[0].header("etag"));
        }
        assert_eq!(replayed(&answers), 7);
        assert_eq!(distribution(&form, &group).await["turn"], 1);
        let leads = form.get("/v1/leads").await.expect(200).items();
        assert_eq!(ids(&leads), [text(&answers[0].json()["id"])]);
    }

    async fn the_first_answer_is_given_again_also_after_a_restart(database: Database) {
        let mut acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let post =
            || form.post("/v1/leads", json!({"first_name": "Lee"})).idempotency_key("\"quoted\"");
        let first = post().await.expect(201);
        assert_eq!(first.header("idempotency-replayed"), "");
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+23h")]).await;
        let again = post().await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), first.json());
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+25h")]).await;
        let later = post().await.expect(201);
        assert_eq!(later.header("idempotency-replayed"), "", "keys are kept for a day");
        assert_ne!(later.json()["id"], first.json()["id"]);
    }

    async fn a_key_means_the_same_quoted_or_not(database: Database) {
        let acme = World::start(database).await;
        let post = |key: &str| {
            acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).idempotency_key(key)
        };
        let first = post("\"abc\"").await.expect(201);
        let second = post("abc").await.expect(201);
        assert_eq!(second.json()["id"], first.json()["id"]);
    }

    async fn another_body_under_the_same_key_is_refused(database: Database) {
        let acme = World::start(database).await;
        let post = |body: Value| acme.owner.post("/v1/leads", body).idempotency_key("k");
        post(json!({"first_name": "Lee"})).await.expect(201);
        let other = post(json!({"first_name": "Kim"})).await;
        other.expect_problem(422, "idempotency_key_reused");
        let elsewhere =
            acme.owner.post("/v1/groups", json!({"name": "Lee"})).idempotency_key("k").await;
        elsewhere.expect_problem(422, "idempotency_key_reused");
        assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), 1);
    }

    async fn a_failed_request_keeps_nothing(database: Database) {
        let acme = World::start(database).await;
        let post = |body: Value| acme.owner.post("/v1/leads", body).idempotency_key("k");
        post(json!({"email": "nobody"})).await.expect(422);
        let made = post(json!({"email": "somebody@customer.example"})).await.expect(201);
        assert_eq!(made.header("idempotency-replayed"), "");
    }

    async fn everybody_has_keys_of_their_own(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let form = acme.integration(&["leads.create"]).await;
        let mut made = Vec::new();
        for client in [&*acme.owner, &*globex.owner, &*form] {
            let post = client.post("/v1/leads", json!({"first_name": "Lee"})).idempotency_key("k");
            let answer = post.await.expect(201);
            assert_eq!(answer.header("idempotency-replayed"), "");
            made.push(text(&answer.json()["id"]));
        }
        made.dedup();
        assert_eq!(made.len(), 3);
    }

    async fn works_for_everything_that_is_made(database: Database) {
        let acme = World::start(database).await;
        let bodies = [
            ("/v1/groups", json!({"name": "Sales"})),
            (
                "/v1/users",
                json!({"email": "tom@acme.example", "first_name": "Tom", "send_email": false}),
            ),
            ("/v1/api-keys", json!({"name": "Form", "scopes": ["leads.create"]})),
        ];
        for (path, body) in bodies {
            // A key is kept for the whole credential, so each path needs its own.
            let posts = (0..4)
                .map(|_| acme.owner.post(path, body.clone()).idempotency_key(path).into_future());
            let answers = join_all(posts).await;
            for answer in &answers {
                assert_eq!(answer.status, 201, "{answer}");
                // Secrets that are shown once are shown again in the replay.
                assert_eq!(answer.json(), answers[0].json());
            }
            assert_eq!(replayed(&answers), 3);
        }
        assert_eq!(acme.owner.get("/v1/groups").await.expect(200).items().len(), 1);
        assert_eq!(acme.owner.get("/v1/api-keys").await.expect(200).items().len(), 1);
        assert_eq!(acme.owner.get("/v1/users").await.expect(200).items().len(), 2);
    }

    async fn a_key_must_be_a_sane_one(database: Database) {
        let acme = World::start(database).await;
        let post = |key: String| {
            acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).idempotency_key(key)
        };
        post("x".repeat(255)).await.expect(201);
        for key in ["x".repeat(256), String::new(), "\"\"".to_owned()] {
            let answer = post(key).await;
            assert!(matches!(answer.status.as_u16(), 400 | 422), "{answer}");
        }
    }
}
