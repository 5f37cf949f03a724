//! `PATCH /v1/leads/{id}/tasks/{task_id}`.

use serde_json::json;

use crate::support::activities::{Scene, events_of, expect_denied, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;

both! {
    async fn what_is_absent_stays_and_null_clears(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, mia, ben, eve, lead, .. } = &scene;
        let body = json!({
            "title": "Call", "description": "Soon.", "due_at": "2026-03-06T12:00:00Z",
            "priority": "low",
        });
        let task = put_down(tom, lead, "tasks", body).await;
        let id = text(&task["id"]);
        let one = format!("{}/{id}", scene.path("tasks"));
        let change = json!({"description": null, "due_at": null, "priority": "high"});
        let changed = tom.patch(&one, change).await.expect(200).json();
        assert_eq!((&changed["title"], &changed["description"]), (&json!("Call"), &json!(null)));
        assert_eq!((&changed["due_at"], &changed["priority"]), (&json!(null), &json!("high")));
        let change = json!({"assignee_id": ben.id, "title": "Write"});
        let changed = mia.patch(&one, change).await.expect(200).json();
        assert_eq!((&changed["assignee"]["id"], &changed["version"]), (&json!(ben.id), &json!(3)));
        tom.patch(&one, json!({"assignee_id": eve.id})).await
            .expect_faults(&[("/assignee_id", "cannot_see_lead")]);
        let change = json!({
            "title": null, "assignee_id": null, "priority": null, "done": null, "lead_id": null,
        });
        tom.patch(&one, change).await.expect_faults(&[
            ("/assignee_id", "required"),
            ("/done", "required"),
            ("/lead_id", "unknown_field"),
            ("/priority", "required"),
            ("/title", "required"),
        ]);
        assert_eq!(events_of(&acme.database, "lead.task_changed", &id).await, 2);
    }

    async fn a_task_is_completed_and_reopened(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, mia, lead, .. } = &scene;
        let task = put_down(tom, lead, "tasks", json!({"title": "Call"})).await;
        let id = text(&task["id"]);
        let one = format!("{}/{id}", scene.path("tasks"));
        let done = mia.patch(&one, json!({"done": true})).await.expect(200).json();
        assert_eq!((&done["done"], &done["version"]), (&json!(true), &json!(2)));
        expect_instant(&text(&done["done_at"]));
        assert_eq!(done["done_by"], json!({"type": "user", "id": mia.id, "name": "Mia"}));
        let again = tom.patch(&one, json!({"done": true})).await.expect(200).json();
        assert_eq!(again, done, "it was done by then");

        let change = json!({"done": false, "title": "Call again"});
        let open = tom.patch(&one, change).await.expect(200).json();
        assert_eq!((&open["done"], &open["version"]), (&json!(false), &json!(3)));
        assert_eq!((&open["done_at"], &open["done_by"]), (&json!(null), &json!(null)));
        for (kind, count) in [("added", 1), ("completed", 1), ("reopened", 1), ("changed", 1)] {
            let kind = format!("lead.task_{kind}");
            assert_eq!(events_of(&acme.database, &kind, &id).await, count, "{kind}");
        }
    }

    async fn its_assignee_says_whether_it_is_done_and_nothing_else(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, ann, ben, lead, .. } = &scene;
        let body = json!({"title": "Call", "assignee_id": ann.id});
        let task = put_down(tom, lead, "tasks", body).await;
        let one = format!("{}/{}", scene.path("tasks"), text(&task["id"]));
        expect_denied(&ann.patch(&one, json!({"title": "Mail"})).await, "activities.manage");
        let both = json!({"done": true, "priority": "low"});
        expect_denied(&ann.patch(&one, both).await, "activities.manage");
        expect_denied(&ann.delete(&one).await, "activities.manage");
        let done = ann.patch(&one, json!({"done": true})).await.expect(200).json();
        assert_eq!(done["done_by"]["id"], ann.id);
        ann.patch(&one, json!({"done": false})).await.expect(200);
        // Neither anybody else's, nor of who may only look at the lead.
        let anns = put_down(ann, lead, "tasks", json!({"title": "Hers"})).await;
        let anns = format!("{}/{}", scene.path("tasks"), text(&anns["id"]));
        expect_denied(&tom.patch(&anns, json!({"done": true})).await, "activities.manage");
        tom.patch(&one, json!({"assignee_id": ben.id})).await.expect(200);
        expect_denied(&ben.patch(&one, json!({"done": true})).await, "leads.edit");
        expect_denied(&ann.patch(&one, json!({"done": true})).await, "activities.manage");
    }
}
