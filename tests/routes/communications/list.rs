//! `GET /v1/leads/{id}/communications`.

use serde_json::json;

use crate::support::activities::{Scene, by_pages, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn the_latest_first_by_when_they_were(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let mut added = Vec::new();
        for day in [3, 1, 4, 1, 2] {
            let body = json!({
                "channel": "meeting", "summary": "Met.",
                "occurred_at": format!("2026-03-0{day}T09:20:00Z"),
            });
            let met = put_down(tom, lead, "communications", body).await;
            added.push((day, text(&met["id"])));
        }
        added.sort_unstable();
        added.reverse();
        let expected: Vec<String> = added.into_iter().map(|(_, id)| id).collect();
        let path = scene.path("communications");
        assert_eq!(by_pages(tom, &path).await, expected);
        let notes = tom.get(format!("{}?limit=1", scene.path("notes"))).await.expect(200).json();
        assert!(notes["next_cursor"].is_null());
        let page = tom.get(format!("{path}?limit=1")).await.expect(200).json();
        let cursor = text(&page["next_cursor"]);
        tom.get(format!("{}?cursor={cursor}", scene.path("notes"))).await
            .expect_faults(&[("/cursor", "invalid_cursor")]);
    }
}
