//! `POST /v1/leads/{id}/communications`.

use serde_json::json;

use crate::support::activities::{Scene, put_down};
use crate::support::answer::text;
use crate::support::both;
use crate::support::time::{expect_instant, hours_after};

both! {
    async fn what_was_said_when_and_by_what_means(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, ben, lead, .. } = &scene;
        let body = json!({
            "channel": "call", "direction": "outbound", "summary": "Talked.\nAgreed.",
            "outcome": " call back ", "duration_seconds": 604_800,
            "occurred_at": "2026-03-02T10:20:00+01:00",
        });
        let call = put_down(tom, lead, "communications", body).await;
        let created_at = text(&call["created_at"]);
        expect_instant(&created_at);
        assert_eq!(call, json!({
            "id": call["id"], "lead_id": lead, "channel": "call", "direction": "outbound",
            "summary": "Talked.\nAgreed.", "outcome": "call back", "duration_seconds": 604_800,
            "occurred_at": "2026-03-02T09:20:00.000000Z",
            "author": {"type": "user", "id": tom.id, "name": "Tom"}, "version": 1,
            "created_at": created_at, "updated_at": created_at,
        }));
        let one = format!("{}/{}", scene.path("communications"), text(&call["id"]));
        assert_eq!(ben.get(one).await.expect(200).json(), call);
    }

    async fn a_meeting_just_now_needs_no_more_than_its_summary(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        for channel in ["meeting", "other"] {
            let body = json!({"channel": channel, "summary": "Met."});
            let met = put_down(tom, lead, "communications", body).await;
            for member in ["direction", "outcome", "duration_seconds"] {
                assert!(met[member].is_null(), "{member}");
            }
            assert_eq!(met["occurred_at"], met["created_at"]);
        }
        for channel in ["call", "email", "sms"] {
            let body = json!({"channel": channel, "summary": "Hello."});
            tom.post(scene.path("communications"), body).await
                .expect_faults(&[("/direction", "required")]);
        }
    }

    async fn every_fault_is_told(database: Database) {
        let scene = Scene::begin(database).await;
        let Scene { tom, lead, .. } = &scene;
        let refused = |body| tom.post(scene.path("communications"), body);
        refused(json!({})).await.expect_faults(&[("/channel", "required"), ("/summary", "required")]);
        let body = json!({
            "channel": "fax", "direction": "up", "summary": " ", "outcome": "a\nb",
            "duration_seconds": 604_801, "occurred_at": "yesterday", "id": null,
        });
        refused(body).await.expect_faults(&[
            ("/channel", "invalid_value"),
            ("/direction", "invalid_value"),
            ("/duration_seconds", "too_large"),
            ("/id", "unknown_field"),
            ("/occurred_at", "invalid_value"),
            ("/outcome", "forbidden_character"),
            ("/summary", "required"),
        ]);
        let body = json!({
            "channel": "meeting", "summary": "é".repeat(10_001), "outcome": "é".repeat(201),
            "duration_seconds": -1, "occurred_at": "1969-12-31T23:59:59Z",
        });
        refused(body).await.expect_faults(&[
            ("/duration_seconds", "invalid_value"),
            ("/occurred_at", "invalid_value"),
            ("/outcome", "too_long"),
            ("/summary", "too_long"),
        ]);
        let body = json!({"channel": "meeting", "summary": "Met."});
        let now = text(&put_down(tom, lead, "communications", body).await["created_at"]);
        let body = json!({"channel": "meeting", "summary": "Met.", "occurred_at": hours_after(&now, 1)});
        refused(body).await.expect_faults(&[("/occurred_at", "must_be_past")]);
    }
}
