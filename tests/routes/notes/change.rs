//! `PATCH /v1/leads/{id}/notes/{note_id}`.

use serde_json::{Value, json};

use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::time::expect_instant;

/// The ids of whom a note mentions.
fn mentioned(note: &Value) -> Vec<String> {
    note["mentions"].as_array().unwrap().iter().map(|user| text(&user["id"])).collect()
}

both! {
    async fn what_is_absent_stays_and_null_mentions_nobody(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, ann, mia, lead, .. } = &scene;
        let body = json!({"body": "First", "mentions": [ann.id]});
        let note = put_down(tom, lead, "notes", body).await;
        let one = format!("{}/{}", scene.path("notes"), text(&note["id"]));

        let changed = tom.patch(&one, json!({"body": "Second"})).await.expect(200).json();
        assert_eq!((&changed["body"], mentioned(&changed)), (&json!("Second"), vec![ann.id.clone()]));
        let edited_at = text(&changed["edited_at"]);
        expect_instant(&edited_at);
        assert_eq!(changed["updated_at"], *edited_at);
        assert_eq!((&changed["created_at"], &changed["edited_by"]["id"]), (&note["created_at"], &json!(tom.id)));

        let changed = mia.patch(&one, json!({"mentions": [mia.id, ann.id]})).await.expect(200).json();
        assert_eq!(changed["body"], "Second");
        assert_eq!(mentioned(&changed), [mia.id.clone(), ann.id.clone()]);
        assert_eq!(changed["edited_by"]["id"], mia.id);
        let changed = tom.patch(&one, json!({"mentions": null})).await.expect(200).json();
        assert!(mentioned(&changed).is_empty());
        tom.patch(&one, json!({"body": null, "lead_id": null})).await
            .expect_faults(&[("/body", "required"), ("/lead_id", "unknown_field")]);
    }

    async fn who_was_mentioned_may_have_lost_sight_of_the_lead(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { acme, tom, ann, mia, eve, lead, blue, .. } = &scene;
        let body = json!({"body": "First", "mentions": [ann.id]});
        let note = put_down(tom, lead, "notes", body).await;
        let one = format!("{}/{}", scene.path("notes"), text(&note["id"]));
        acme.set_team(blue, &[mia], &[tom]).await;
        ann.get(&one).await.expect_problem(404, "not_found");

        let body = json!({"body": "Second", "mentions": [ann.id, eve.id]});
        tom.patch(&one, body).await.expect_faults(&[("/mentions/1", "cannot_see_lead")]);
        let body = json!({"body": "Second", "mentions": [mia.id, ann.id]});
        let changed = tom.patch(&one, body).await.expect(200).json();
        assert_eq!(mentioned(&changed), [mia.id.clone(), ann.id.clone()]);
        tom.patch(&one, json!({"mentions": []})).await.expect(200);
        tom.patch(&one, json!({"mentions": [ann.id]})).await
            .expect_faults(&[("/mentions/0", "cannot_see_lead")]);
    }
}
