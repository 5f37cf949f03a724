//! `POST /v1/routing-rules/test`.

use serde_json::{Value, json};

use super::{PATH, add, from_source, path_of};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn tells_of_every_rule_and_condition_and_changes_nothing(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let high = json!({"all": [
            {"field": "value", "operator": "gte",
             "value": {"amount_minor": 1_000_000, "currency": "GBP"}},
            {"any": [from_source("web"), from_source("shop")]},
        ]});
        let high = add(&acme.owner, "High", high, json!({"group_id": group})).await;
        let off = add(&acme.owner, "Off", json!({"all": []}), Value::Null).await;
        acme.owner.patch(path_of(&off), json!({"enabled": false})).await.expect(200);
        let web = add(&acme.owner, "Web", from_source("web"), json!({"group_id": group})).await;
        let rest = add(&acme.owner, "Rest", json!({"all": []}), Value::Null).await;
        let path = format!("{PATH}/test");
        let lead = json!({
            "first_name": "Lee", "source": "web",
            "value": {"amount_minor": 2_000_000, "currency": "EUR"},
            "assignment": {"mode": "none"},
        });
        let told = acme.owner.post(&path, lead).await.expect(200).json();
        assert_eq!((&told["rule_id"], &told["rule_version"]), (&web["id"], &json!(1)));
        assert_eq!(told["target"], json!({"group_id": group}));
        let rules = told["rules"].as_array().unwrap();
        let outcomes: Vec<(&Value, &str)> =
            rules.iter().map(|rule| (&rule["id"], rule["outcome"].as_str().unwrap())).collect();
        assert_eq!(outcomes, [
            (&high["id"], "not_matched"),
            (&off["id"], "disabled"),
            (&web["id"], "chosen"),
            (&rest["id"], "not_reached"),
        ]);
        let conditions = &rules[0]["conditions"];
        assert_eq!((&conditions["matched"], &conditions["reason"]),
            (&json!(false), &json!("not_all_matched")));
        let worth = &conditions["all"][0];
        assert_eq!(worth["pointer"], "/conditions/all/0");
        assert_eq!((&worth["field"], &worth["operator"], &worth["reason"]),
            (&json!("value"), &json!("gte"), &json!("other_currency")));
        assert_eq!((&worth["expected"], &worth["actual"]),
            (&json!("be at least 10000.00 GBP"), &json!("20000.00 EUR")));
        assert!(worth["detail"].as_str().unwrap().contains("one currency"), "{worth}");
        let any = &conditions["all"][1];
        assert_eq!((&any["matched"], &any["any"][1]["reason"]), (&json!(true), &json!("not_equal")));
        assert_eq!(any["all"], Value::Null);

        let nothing = acme.owner.get("/v1/leads").await.expect(200).items();
        assert!(nothing.is_empty());
        acme.owner.delete(path_of(&rest)).await.expect(204);
        let other = json!({"first_name": "Lee"});
        let told = acme.owner.post(&path, other).await.expect(200).json();
        assert_eq!((&told["rule_id"], &told["rule_version"], &told["target"]),
            (&Value::Null, &Value::Null, &Value::Null));
    }

    async fn reads_a_lead_as_adding_it_does(database: Database) {
        let acme = World::start(database).await;
        let field = json!({"key": "vip", "label": "VIP", "type": "boolean"});
        acme.owner.post("/v1/custom-fields", field).await.expect(201);
        let wrong = json!({
            "first_name": 1, "status": "lukewarm", "custom_fields": {"vip": "yes"}, "nick": "L",
            "assignment": {"mode": "dice"},
        });
        let faults = [
            ("/assignment/mode", "invalid_value"),
            ("/custom_fields/vip", "invalid_type"),
            ("/first_name", "invalid_type"),
            ("/nick", "unknown_field"),
            ("/status", "unknown_status"),
        ];
        for path in [format!("{PATH}/test"), "/v1/leads".to_owned()] {
            acme.owner.post(path, wrong.clone()).await.expect_faults(&faults);
        }
        // By a key, as that key's lead.
        let script = acme.integration_from(json!({
            "name": "Script", "scopes": ["routing.manage", "leads.create"], "source": "script",
        })).await;
        let rule = add(&script, "Own", from_source("script"), Value::Null).await;
        let lead = json!({"first_name": "Lee", "source": "web"});
        let told = script.post(format!("{PATH}/test"), lead).await.expect(200).json();
        assert_eq!(told["rule_id"], rule["id"]);
    }
}
