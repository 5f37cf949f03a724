//! `POST /v1/leads` with custom fields that are defined.

use serde_json::json;

use super::define;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn are_refused_with_another_type(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;
        let lead = |custom_fields: serde_json::Value| {
            json!({"first_name": "Lee", "custom_fields": custom_fields})
        };
        let wild = json!({"budget": "high", "plan": 7, "anything": {"at": ["all"]}});
        form.post("/v1/leads", lead(wild.clone())).await.expect(201);
        define(&acme.owner, json!({"key": "budget", "label": "Budget", "type": "number"})).await;
        define(&acme.owner, json!({"key": "plan", "label": "Plan", "type": "choice",
            "options": ["Basic", "Pro"]})).await;
        define(&acme.owner, json!({"key": "a/b", "label": "AB", "type": "date"})).await;
        let mut wild = lead(wild);
        wild["custom_fields"]["a/b"] = json!("tomorrow");
        wild["email"] = json!("nobody");
        form.post("/v1/leads", wild).await.expect_faults(&[
            ("/custom_fields/a~1b", "invalid_value"),
            ("/custom_fields/budget", "invalid_type"),
            ("/custom_fields/plan", "invalid_type"),
            ("/email", "invalid_email"),
        ]);
        let custom_fields = json!({"budget": 12.5, "plan": "pro", "a/b": null, "other": "any"});
        let made = form.post("/v1/leads", lead(custom_fields.clone())).await.expect(201).json();
        assert_eq!(made["custom_fields"], custom_fields);
    }
}
