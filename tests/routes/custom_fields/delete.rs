//! `DELETE /v1/custom-fields/{key}`.

use serde_json::{Value, json};

use super::{PATH, define, keys};
use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn only_a_field_that_no_rule_looks_at_can_go(database: Database) {
        let acme = World::start(database).await;
        let vip = define(&acme.owner, json!({"key": "vip", "label": "VIP", "type": "boolean"})).await;
        let rule = json!({"name": "VIPs", "enabled": false, "target": null, "conditions": {"any": [
            {"field": "custom_fields.vip", "operator": "eq", "value": true},
        ]}});
        let rule = acme.owner.post("/v1/routing-rules", rule).await.expect(201).json();
        let path = format!("{PATH}/vip");
        let problem = acme.owner.delete(&path).await.expect_problem(409, "used_by_rules");
        assert_eq!(problem["rules"], json!([{"id": rule["id"], "name": "VIPs"}]));
        let stale = acme.owner.delete(&path).if_match(&vip["version"]).await;
        stale.expect_problem(412, "precondition_failed");
        let body = json!({"first_name": "Lee", "custom_fields": {"vip": true}});
        let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();

        let rule_path = format!("/v1/routing-rules/{}", text(&rule["id"]));
        acme.owner.delete(rule_path).await.expect(204);
        acme.owner.delete(&path).await.expect(204);
        assert!(keys(&acme.owner).await.is_empty());
        acme.owner.delete(&path).await.expect_problem(404, "not_found");
        let read = acme.owner.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200);
        assert_eq!(read.json()["custom_fields"], json!({"vip": true}));
        let untyped = json!({"first_name": "Lee", "custom_fields": {"vip": "maybe"}});
        let made = acme.owner.post("/v1/leads", untyped).await.expect(201).json();
        assert_eq!(made["custom_fields"]["vip"], "maybe");
        assert_eq!(made["rule"], Value::Null);
        let agent = acme.agent("Tom").await;
        agent.delete(&path).await.expect_problem(403, "permission_denied");
    }
}
