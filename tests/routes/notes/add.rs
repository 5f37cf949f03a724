//! `POST /v1/leads/{id}/notes`.

use serde_json::json;

use crate::support::activities::{Scene, grant, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::off_boarding::deactivate;
use crate::support::time::expect_instant;

both! {
    async fn a_note_says_what_was_said_and_whom_it_mentions(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, mia, ben, lead, .. } = &scene;
        let path = format!("/v1/users/{}", mia.id);
        acme.owner.patch(path, json!({"last_name": "Manager"})).await.expect(200);
        let body = json!({
            "body": "  Wants the offer by Friday.\r\nMia, the price?\n", "mentions": [mia.id, ben.id],
        });
        let note = put_down(tom, lead, "notes", body).await;
        let created_at = text(&note["created_at"]);
        expect_instant(&created_at);
        let name = |id: &str, first: &str, last: Option<&str>| {
            json!({"id": id, "first_name": first, "last_name": last, "partner": false})
        };
        assert_eq!(note, json!({
            "id": note["id"], "lead_id": lead,
            "body": "Wants the offer by Friday.\nMia, the price?",
            "mentions": [name(&mia.id, "Mia", Some("Manager")), name(&ben.id, "Ben", None)],
            "author": {"type": "user", "id": tom.id, "name": "Tom"},
            "assignment_id": null, "edited_at": null, "edited_by": null, "version": 1,
            "created_at": created_at, "updated_at": created_at,
        }));
        let stored = ben.get(format!("{}/{}", scene.path("notes"), text(&note["id"]))).await;
        assert_eq!(stored.expect(200).json(), note);
    }

    async fn only_who_sees_the_lead_is_mentioned(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ann, mia, eve, .. } = &scene;
        let globex = acme.second_organization().await;
        let gone = acme.agent("Gone").await;
        deactivate(&acme.owner, &gone, json!({})).await.expect(200);
        acme.invitation("admin", "Ines").await;
        let users = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        let ines = text(&users[0]["id"]);
        let body = json!({"body": "Look!", "mentions": [
            mia.id, eve.id, ann.id, globex.owner.id, gone.id, ines, acme.owner.id,
        ]});
        let answer = tom.post(scene.path("notes"), body).await;
        answer.expect_faults(&[
            ("/mentions/1", "cannot_see_lead"),
            ("/mentions/3", "unknown_user"),
            ("/mentions/4", "unknown_user"),
            ("/mentions/5", "unknown_user"),
        ]);
        assert!(tom.get(scene.path("notes")).await.expect(200).items().is_empty());
        // By the rule of the lead's own explanation: what Eve is granted shows it to her.
        grant(acme, eve, "leads.view_all").await;
        let body = json!({"body": "Look!", "mentions": [eve.id]});
        tom.post(scene.path("notes"), body).await.expect(201);
    }

    async fn every_fault_of_a_note_is_told(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, mia, .. } = &scene;
        let refused = |body| tom.post(scene.path("notes"), body);
        refused(json!({})).await.expect_faults(&[("/body", "required")]);
        let body = json!({
            "body": " \n ", "mentions": ["me", mia.id, mia.id], "author": mia.id,
        });
        refused(body).await.expect_faults(&[
            ("/author", "unknown_field"),
            ("/body", "required"),
            ("/mentions/0", "invalid_value"),
            ("/mentions/2", "duplicate"),
        ]);
        let many: Vec<String> =
            (1..=21).map(|number| format!("01936d4e-7c1f-7a3b-9c55-0000000000{number:02}")).collect();
        let long = json!({"body": "é".repeat(10_001), "mentions": many});
        refused(long).await.expect_faults(&[("/body", "too_long"), ("/mentions", "too_many")]);
        refused(json!({"body": "a\u{7}b"})).await
            .expect_faults(&[("/body", "forbidden_character")]);
        tom.post(scene.path("notes"), json!({"body": "é".repeat(10_000)})).await.expect(201);
    }
}
