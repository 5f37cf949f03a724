//! `GET /v1/leads/{id}/notes/{note_id}/revisions`.

use serde_json::{Value, json};

use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn former_wordings_are_kept_with_who_wrote_them_and_when(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, ann, mia, ben, eve, lead, .. } = &scene;
        let body = json!({"body": "First", "mentions": [ann.id]});
        let first = put_down(tom, lead, "notes", body).await;
        let one = format!("{}/{}", scene.path("notes"), text(&first["id"]));
        let path = format!("{one}/revisions");
        assert!(tom.get(&path).await.expect(200).items().is_empty());
        let second = mia.patch(&one, json!({"body": "Second", "mentions": []})).await.expect(200);
        let second = second.json();
        tom.patch(&one, json!({"body": "Third"})).await.expect(200);

        let told = ben.get(&path).await.expect(200).items();
        let ann = json!({"id": ann.id, "first_name": "Ann", "last_name": null, "partner": false});
        assert_eq!(told, [
            json!({
                "version": 2, "body": "Second", "mentions": [],
                "author": {"type": "user", "id": mia.id, "name": "Mia"},
                "written_at": second["edited_at"],
            }),
            json!({
                "version": 1, "body": "First", "mentions": [ann],
                "author": {"type": "user", "id": tom.id, "name": "Tom"},
                "written_at": first["created_at"],
            }),
        ]);
        eve.get(&path).await.expect_problem(404, "not_found");
        tom.delete(&one).await.expect(204);
        tom.get(&path).await.expect_problem(404, "not_found");
    }

    async fn they_are_listed_by_pages(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let note = put_down(tom, lead, "notes", json!({"body": "0"})).await;
        let one = format!("{}/{}", scene.path("notes"), text(&note["id"]));
        for number in 1..=5 {
            tom.patch(&one, json!({"body": number.to_string()})).await.expect(200);
        }
        let first = format!("{one}/revisions?limit=2");
        let (mut path, mut found) = (first.clone(), Vec::new());
        loop {
            let page = tom.get(&path).await.expect(200);
            found.extend(page.items().iter().map(|revision| text(&revision["body"])));
            match &page.json()["next_cursor"] {
                Value::String(cursor) => path = format!("{first}&cursor={cursor}"),
                _ => break,
            }
        }
        assert_eq!(found, ["4", "3", "2", "1", "0"]);
    }
}
