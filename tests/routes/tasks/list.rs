//! `GET /v1/leads/{id}/tasks`.

use serde_json::json;

use crate::support::activities::{Scene, by_pages, own_lead, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn due_first_comes_first_and_without_a_date_last(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let other = own_lead(tom).await;
        put_down(tom, &other, "tasks", json!({"title": "Elsewhere"})).await;
        let mut added = Vec::new();
        for day in [None, Some(3), Some(1), None, Some(1), Some(2)] {
            let due = day.map(|day| format!("2026-03-0{day}T09:20:00Z"));
            let task = put_down(tom, lead, "tasks", json!({"title": "Call", "due_at": due})).await;
            added.push((day.unwrap_or(9), text(&task["id"])));
        }
        added.sort_unstable();
        let expected: Vec<String> = added.into_iter().map(|(_, id)| id).collect();
        assert_eq!(by_pages(tom, &scene.path("tasks")).await, expected);
    }
}
