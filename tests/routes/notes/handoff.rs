//! Notes that were said with a decision on the lead's ownership.

use serde_json::{Value, json};

use crate::support::activities::{Scene, expect_denied, tables_with};
use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;

/// What was told last about a lead, on its timeline.
async fn last_told(client: &Client, scene: &Scene) -> Value {
    let path = format!("/v1/leads/{}/activity", scene.lead);
    client.get(path).await.expect(200).items()[0].clone()
}

both! {
    async fn what_is_said_with_a_hand_over_is_a_note(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, mia, lead, .. } = &scene;
        let owner = format!("/v1/leads/{lead}/owner");
        let body = json!({"user_id": mia.id, "note": "Likes tea.\nNever call early."});
        let given = acme.owner.put(&owner, body).await.expect(200).json();
        let listed = mia.get(scene.path("notes")).await.expect(200).items();
        assert_eq!(listed.len(), 1);
        let note = &listed[0];
        assert_eq!(note["body"], "Likes tea.\nNever call early.");
        assert_eq!(note["assignment_id"], given["assignment"]["id"]);
        assert_eq!(note["author"]["name"], "Olivia Owner");
        assert_eq!((&note["version"], &note["mentions"]), (&json!(1), &json!([])));
        let told = last_told(mia, &scene).await;
        assert_eq!((&told["kind"], &told["data"]["note_id"]), (&json!("lead.assigned"), &note["id"]));
        assert_eq!(told["details"]["note"], note["body"]);

        // Nothing said is no note; what a key says is its own.
        mia.put(&owner, json!({"user_id": tom.id, "note": " "})).await.expect(200);
        assert_eq!(mia.get(scene.path("notes")).await.expect(200).items().len(), 1);
        assert_eq!(last_told(mia, &scene).await["data"]["note_id"], Value::Null);
        let desk = acme.integration(&["leads.view", "leads.view_all", "leads.assign"]).await;
        desk.delete(format!("{owner}?note=Nobody%20answers.")).await.expect(200);
        let listed = acme.owner.get(scene.path("notes")).await.expect(200).items();
        assert_eq!((listed.len(), &listed[0]["body"]), (2, &json!("Nobody answers.")));
        assert_eq!(listed[0]["author"]["type"], "api_key");
    }

    async fn a_bulk_assignment_says_it_on_each_lead(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ben, lead, .. } = &scene;
        let body = json!({"first_name": "Kim", "assignment": {"mode": "me"}});
        let other = text(&tom.post("/v1/leads", body).await.expect(201).json()["id"]);
        let body = json!({"lead_ids": [lead, other], "to": {"user_id": ben.id}, "note": "Tom is away."});
        let bulk = acme.owner.post("/v1/leads/bulk-assign", body).await.expect(200).json();
        for (index, lead) in [lead, &other].into_iter().enumerate() {
            let notes = ben.get(format!("/v1/leads/{lead}/notes")).await.expect(200).items();
            assert_eq!((notes.len(), &notes[0]["body"]), (1, &json!("Tom is away.")));
            assert_eq!(notes[0]["assignment_id"], bulk["data"][index]["assignment_id"]);
        }
    }

    async fn it_is_changed_and_deleted_as_any_other(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ann, mia, lead, .. } = &scene;
        let body = json!({"user_id": ann.id, "note": "Hates Zanzibar."});
        acme.owner.put(format!("/v1/leads/{lead}/owner"), body).await.expect(200);
        let note = mia.get(scene.path("notes")).await.expect(200).items()[0].clone();
        let one = format!("{}/{}", scene.path("notes"), text(&note["id"]));
        expect_denied(&tom.delete(&one).await, "leads.edit");
        expect_denied(&ann.delete(&one).await, "activities.manage");
        acme.owner.patch(&one, json!({"body": "Likes tea."})).await.expect(200);
        let revisions = mia.get(format!("{one}/revisions")).await.expect(200).items();
        assert_eq!((revisions.len(), &revisions[0]["body"]), (1, &json!("Hates Zanzibar.")));
        // What was said then is still told of the assignment, until it is to be gone.
        let history = format!("/v1/leads/{lead}/assignments");
        assert_eq!(mia.get(&history).await.expect(200).items()[0]["note"], "Hates Zanzibar.");
        acme.owner.delete(&one).await.expect(204);
        assert_eq!(mia.get(&history).await.expect(200).items()[0]["note"], Value::Null);
        assert!(tables_with(&acme.database, "Zanzibar").await.is_empty());
        let told = mia.get(format!("/v1/leads/{lead}/activity")).await.expect(200).items();
        assert_eq!(told[0]["data"]["note_id"], note["id"]);
        assert!(told.iter().all(|line| line["details"]["note"] == Value::Null), "{told:?}");
    }
}
