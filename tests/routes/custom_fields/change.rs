//! `PATCH /v1/custom-fields/{key}`.

use serde_json::json;

use super::{PATH, define};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn changes_label_and_options_and_nothing_else(database: Database) {
        let acme = World::start(database).await;
        let plan = json!({"key": "plan", "label": "Plan", "type": "choices", "options": ["Pro"]});
        let plan = define(&acme.owner, plan).await;
        define(&acme.owner, json!({"key": "note", "label": "Note", "type": "text"})).await;
        let path = format!("{PATH}/plan");
        let stale = acme.owner.patch(&path, json!({"label": "X"})).if_match(&plan["version"]).await;
        stale.expect_problem(412, "precondition_failed");
        let change = json!({"options": ["Pro", "Max"]});
        let answer = acme.owner.patch(&path, change).await.expect(200);
        let after = answer.json();
        assert_eq!((&after["label"], &after["options"]), (&json!("Plan"), &json!(["Pro", "Max"])));
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));
        assert_eq!(acme.owner.get(PATH).await.expect(200).items()[1], after);
        let lead = json!({"first_name": "Lee", "custom_fields": {"plan": ["max"]}});
        acme.owner.post("/v1/leads", lead).await.expect(201);

        let wrong = json!({"label": null, "options": [], "type": "text", "key": "other"});
        acme.owner.patch(&path, wrong).await.expect_faults(&[
            ("/key", "unknown_field"),
            ("/label", "required"),
            ("/options", "required"),
            ("/type", "unknown_field"),
        ]);
        let options = acme.owner.patch(format!("{PATH}/note"), json!({"options": ["a"]})).await;
        options.expect_faults(&[("/options", "invalid_value")]);
        let none = acme.owner.patch(format!("{PATH}/nothing"), json!({"label": "X"})).await;
        none.expect_problem(404, "not_found");
        let manager = acme.person("manager", "Mia").await;
        let refused = manager.patch(&path, json!({"label": "X"})).await;
        refused.expect_problem(403, "permission_denied");
    }

    /// A rule may name an option that is gone: it matches nothing by it, and can be read and changed.
    async fn an_option_that_is_gone_breaks_no_rule(database: Database) {
        let acme = World::start(database).await;
        let plan = json!({"key": "plan", "label": "Plan", "type": "choice",
            "options": ["Pro", "Max"]});
        define(&acme.owner, plan).await;
        let rule = json!({"name": "Max", "target": null,
            "conditions": {"field": "custom_fields.plan", "operator": "eq", "value": "Max"}});
        acme.owner.post("/v1/routing-rules", rule).await.expect(201);
        acme.owner.patch(format!("{PATH}/plan"), json!({"options": ["Pro"]})).await.expect(200);
        let lead = |plan: &str| json!({"first_name": "Lee", "custom_fields": {"plan": plan}});
        let made = acme.owner.post("/v1/leads", lead("Pro")).await.expect(201).json();
        assert_eq!(made["assignment"]["reason"], "no_rule_matched");
        acme.owner.post("/v1/leads", lead("Max")).await.expect_faults(
            &[("/custom_fields/plan", "unknown_option")]);
        assert_eq!(acme.owner.get("/v1/routing-rules").await.expect(200).items().len(), 1);
    }
}
