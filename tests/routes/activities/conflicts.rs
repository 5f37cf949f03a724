//! Versions and repetitions.

use std::future::IntoFuture as _;

use futures_util::future::join_all;
use serde_json::json;

use super::KINDS;
use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn of_two_who_change_one_thing_at_once_one_is_told(database: Database) {
        let scene = Scene::begin(database).await;
        let replicas = scene.acme.further_replicas().await;
        let Scene { tom, mia, lead, .. } = &scene;
        let mut doors = vec![mia.on_a_new_connection()];
        doors.extend(replicas.iter().map(|replica| mia.at(replica)));
        for kind in KINDS {
            let added = put_down(tom, lead, kind.path, kind.body("First", &tom.id)).await;
            let one = format!("{}/{}", scene.path(kind.path), text(&added["id"]));
            let changes = (0..6_usize).map(|number| {
                let change = kind.change(&format!("Change {number}"));
                doors[number % doors.len()].patch(&one, change).if_match(&json!(1)).into_future()
            });
            let answers = join_all(changes).await;
            let (won, lost): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "{answers:?}");
            for answer in lost {
                answer.expect_problem(412, "precondition_failed");
            }
            let stored = tom.get(&one).await.expect(200);
            assert_eq!(stored.json(), won[0].json());
            assert_eq!(stored.header("etag"), "\"2\"");
        }
        scene.acme.ends_in_order(replicas).await;
    }

    async fn a_stale_version_changes_and_deletes_nothing(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        for kind in KINDS {
            let added = tom.post(scene.path(kind.path), kind.body("First", &tom.id)).await;
            let added = added.expect(201);
            assert_eq!(added.header("etag"), "\"1\"");
            let one = added.header("location").to_owned();
            assert_eq!(one, format!("/v1/leads/{lead}/{}/{}", kind.path, text(&added.json()["id"])));
            let same = tom.patch(&one, kind.change("First")).if_match(&json!(1)).await;
            assert_eq!(same.expect(200).json(), added.json(), "nothing changed");
            tom.patch(&one, json!({})).await.expect(200);
            tom.patch(&one, kind.change("Second")).if_match(&json!(1)).await.expect(200);
            let late = tom.patch(&one, kind.change("Third")).if_match(&json!(1)).await;
            late.expect_problem(412, "precondition_failed");
            let late = tom.delete(&one).if_match(&json!(1)).await;
            late.expect_problem(412, "precondition_failed");
            assert_eq!(tom.get(&one).await.expect(200).json()[kind.words], "Second");
            tom.delete(&one).if_match(&json!(2)).await.expect(204);
            tom.delete(&one).await.expect_problem(404, "not_found");
        }
    }

    async fn a_repeated_request_adds_once(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, mia, .. } = &scene;
        for kind in KINDS {
            let path = scene.path(kind.path);
            let post = |words| {
                let key = format!("key of {}", kind.path).replace(' ', "-");
                tom.post(&path, kind.body(words, &tom.id)).idempotency_key(key)
            };
            let first = post("First").await.expect(201);
            // The answer is that of then.
            let one = first.header("location").to_owned();
            mia.patch(&one, kind.change("Second")).await.expect(200);
            let again = post("First").await.expect(201);
            assert_eq!(again.header("idempotency-replayed"), "true");
            assert_eq!(again.json(), first.json());
            assert_eq!(again.header("location"), one);
            post("Other").await.expect_problem(422, "idempotency_key_reused");
            assert_eq!(tom.get(&path).await.expect(200).items().len(), 1);
        }
    }
}
