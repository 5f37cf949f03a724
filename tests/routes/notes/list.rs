//! `GET /v1/leads/{id}/notes`.

use serde_json::json;

use crate::support::activities::{Scene, by_pages, own_lead, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn newest_first_by_pages(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let other = own_lead(tom).await;
        let mut added = Vec::new();
        for number in 0..5 {
            let note = put_down(tom, lead, "notes", json!({"body": number.to_string()})).await;
            added.push(text(&note["id"]));
            put_down(tom, &other, "notes", json!({"body": "Elsewhere"})).await;
        }
        added.reverse();
        let path = scene.path("notes");
        assert_eq!(by_pages(tom, &path).await, added);
        let page = tom.get(format!("{path}?limit=2")).await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        // A note that comes meanwhile moves nothing.
        put_down(tom, lead, "notes", json!({"body": "New"})).await;
        let next = tom.get(format!("{path}?limit=2&cursor={cursor}")).await.expect(200).items();
        assert_eq!(next[0]["id"], *added[2]);
        tom.get(format!("{path}?order=oldest")).await
            .expect_faults(&[("/order", "unknown_parameter")]);
    }
}
