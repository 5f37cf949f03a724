//! `PATCH /v1/lead-statuses/{key}`.

use serde_json::json;

use super::{PATH, keys, status};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn renames_moves_opens_and_closes(database: Database) {
        let acme = World::start(database).await;
        let path = format!("{PATH}/contacted");
        let before = status(&acme.owner, "contacted").await;
        let change = json!({"name": "In contact", "position": 1});
        let answer = acme.owner.patch(&path, change).if_match(&before["version"]).await.expect(200);
        let after = answer.json();
        assert_eq!((&after["key"], &after["name"]), (&"contacted".into(), &"In contact".into()));
        assert_eq!(keys(&acme.owner).await, ["contacted", "new", "qualified", "won", "lost"]);
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));
        let stale = acme.owner.patch(&path, json!({"kind": "lost"})).if_match(&before["version"]);
        stale.await.expect_problem(412, "precondition_failed");
        let closed = acme.owner.patch(&path, json!({"kind": "lost"})).await.expect(200).json();
        assert_eq!(closed["kind"], "lost");
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let lead = acme.owner.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(lead["status"], "contacted");
    }

    async fn an_open_one_is_always_left(database: Database) {
        let acme = World::start(database).await;
        for key in ["contacted", "qualified"] {
            acme.owner.patch(format!("{PATH}/{key}"), json!({"kind": "lost"})).await.expect(200);
        }
        let last = acme.owner.patch(format!("{PATH}/new"), json!({"kind": "lost"})).await;
        last.expect_problem(409, "last_open_status");
        assert_eq!(status(&acme.owner, "new").await["kind"], "open");
    }

    async fn refuses_what_is_wrong_or_not_there(database: Database) {
        let acme = World::start(database).await;
        let wrong = json!({"name": null, "kind": null, "position": 51, "key": "other"});
        acme.owner.patch(format!("{PATH}/new"), wrong).await.expect_faults(&[
            ("/name", "required"),
            ("/kind", "required"),
            ("/position", "invalid_value"),
            ("/key", "unknown_field"),
        ]);
        let beyond = acme.owner.patch(format!("{PATH}/new"), json!({"position": 6})).await;
        beyond.expect_faults(&[("/position", "too_large")]);
        let none = acme.owner.patch(format!("{PATH}/nothing"), json!({"kind": "open"})).await;
        none.expect_problem(404, "not_found");
        let agent = acme.agent("Tom").await;
        let refused = agent.patch(format!("{PATH}/new"), json!({"kind": "open"})).await;
        refused.expect_problem(403, "permission_denied");
    }
}
