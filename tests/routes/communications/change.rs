//! `PATCH /v1/leads/{id}/communications/{communication_id}`.

use serde_json::json;

use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;

both! {
    async fn what_is_absent_stays_and_null_clears(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let body = json!({
            "channel": "call", "direction": "inbound", "summary": "Talked.", "outcome": "fine",
            "duration_seconds": 60, "occurred_at": "2026-03-02T09:20:00Z",
        });
        let call = put_down(tom, lead, "communications", body).await;
        let one = format!("{}/{}", scene.path("communications"), text(&call["id"]));
        let change = json!({
            "channel": "meeting", "direction": null, "outcome": null, "duration_seconds": null,
            "occurred_at": "2026-03-01T09:20:00Z",
        });
        let changed = tom.patch(&one, change).await.expect(200).json();
        assert_eq!(changed, json!({
            "id": call["id"], "lead_id": lead, "channel": "meeting", "direction": null,
            "summary": "Talked.", "outcome": null, "duration_seconds": null,
            "occurred_at": "2026-03-01T09:20:00.000000Z", "author": call["author"], "version": 2,
            "created_at": call["created_at"], "updated_at": changed["updated_at"],
        }));
        tom.patch(&one, json!({"channel": "call"})).await
            .expect_faults(&[("/direction", "required")]);
        let change = json!({"channel": "sms", "direction": "outbound"});
        assert_eq!(tom.patch(&one, change).await.expect(200).json()["version"], 3);
        tom.patch(&one, json!({"direction": null})).await
            .expect_faults(&[("/direction", "required")]);
        let change = json!({"channel": null, "summary": null, "occurred_at": null});
        tom.patch(&one, change).await.expect_faults(&[
            ("/channel", "required"),
            ("/occurred_at", "required"),
            ("/summary", "required"),
        ]);
    }
}
