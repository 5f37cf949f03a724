//! `POST /v1/leads/{id}/tasks`.

use serde_json::json;

use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::off_boarding::deactivate;

both! {
    async fn what_is_to_be_done_by_whom_and_until_when(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, mia, ben, lead, .. } = &scene;
        let body = json!({
            "title": " Send the offer ", "description": "By mail.\nNot by post.",
            "assignee_id": tom.id, "due_at": "2026-03-06T13:00:00+01:00", "priority": "high",
        });
        let task = put_down(mia, lead, "tasks", body).await;
        let name = json!({"id": tom.id, "first_name": "Tom", "last_name": null, "partner": false});
        assert_eq!(task, json!({
            "id": task["id"], "lead_id": lead, "title": "Send the offer",
            "description": "By mail.\nNot by post.", "assignee": name,
            "due_at": "2026-03-06T12:00:00.000000Z", "priority": "high",
            "done": false, "done_at": null, "done_by": null,
            "author": {"type": "user", "id": mia.id, "name": "Mia"}, "version": 1,
            "created_at": task["created_at"], "updated_at": task["created_at"],
        }));
        let one = format!("{}/{}", scene.path("tasks"), text(&task["id"]));
        assert_eq!(ben.get(one).await.expect(200).json(), task);
    }

    async fn it_is_for_who_adds_it_unless_somebody_is_named(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, form, lead, .. } = &scene;
        let task = put_down(tom, lead, "tasks", json!({"title": "Call"})).await;
        assert_eq!(task["assignee"]["id"], tom.id);
        assert_eq!((&task["due_at"], &task["priority"]), (&json!(null), &json!("normal")));
        assert_eq!(task["description"], json!(null));
        form.post(scene.path("tasks"), json!({"title": "Call"})).await
            .expect_faults(&[("/assignee_id", "required")]);
        let body = json!({"title": "Call", "assignee_id": tom.id});
        let task = put_down(form, lead, "tasks", body).await;
        assert_eq!((&task["assignee"]["id"], &task["author"]["id"]), (&json!(tom.id), &json!(form.id)));
    }

    async fn only_who_sees_the_lead_is_given_a_task(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ben, eve, .. } = &scene;
        let globex = acme.second_organization().await;
        let gone = acme.agent("Gone").await;
        deactivate(&acme.owner, &gone, json!({})).await.expect(200);
        let to = |user: &str| {
            tom.post(scene.path("tasks"), json!({"title": "Call", "assignee_id": user}))
        };
        to(&eve.id).await.expect_faults(&[("/assignee_id", "cannot_see_lead")]);
        to(&gone.id).await.expect_faults(&[("/assignee_id", "unknown_user")]);
        to(&globex.owner.id).await.expect_faults(&[("/assignee_id", "unknown_user")]);
        to(&ben.id).await.expect(201);
    }

    async fn every_fault_is_told(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, .. } = &scene;
        let refused = |body| tom.post(scene.path("tasks"), body);
        refused(json!({})).await.expect_faults(&[("/title", "required")]);
        let body = json!({
            "title": "a\nb", "description": "é".repeat(10_001), "assignee_id": "me",
            "due_at": "soon", "priority": "urgent", "done": true,
        });
        refused(body).await.expect_faults(&[
            ("/assignee_id", "invalid_value"),
            ("/description", "too_long"),
            ("/done", "unknown_field"),
            ("/due_at", "invalid_value"),
            ("/priority", "invalid_value"),
            ("/title", "forbidden_character"),
        ]);
        refused(json!({"title": "é".repeat(201)})).await.expect_faults(&[("/title", "too_long")]);
    }
}
