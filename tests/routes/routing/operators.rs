//! Every operator, with leads that it holds for and leads that it does not.

use serde_json::{Value, json};

use super::{PATH, add, path_of};
use crate::support::both;
use crate::support::world::World;

/// Field, operator, value; what matches, and what does not.
fn cases() -> Vec<(Value, Value, Value)> {
    let condition = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
    let worth = |amount: i64, currency: &str| json!({"value": {"amount_minor": amount, "currency": currency}});
    let custom = |key: &str, value: Value| json!({"custom_fields": {key: value}});
    let gbp = |amount: i64| json!({"amount_minor": amount, "currency": "GBP"});
    vec![
        (condition("source", "eq", json!("WEB")), json!({"source": "web"}), json!({})),
        (condition("company", "ne", json!("Acme")), json!({}), json!({"company": "ACME"})),
        (
            condition("country", "in", json!(["gb", "IE"])),
            json!({"country": "IE"}),
            json!({"country": "FR"}),
        ),
        (
            condition("custom_fields.topics", "not_in", json!(["Basic"])),
            custom("topics", json!(["Pro"])),
            custom("topics", json!(["Pro", "basic"])),
        ),
        (
            condition("email_domain", "contains", json!("ample.c")),
            json!({"email": "lee@example.com"}),
            json!({"email": "lee@example.org"}),
        ),
        (
            condition("phone", "starts_with", json!("+44")),
            json!({"phone": "020 7946 0018"}),
            json!({"phone": "+49 30 901820"}),
        ),
        (condition("value", "gt", gbp(100)), worth(101, "GBP"), worth(101, "EUR")),
        (
            condition("custom_fields.budget", "gte", json!(1.5)),
            custom("budget", json!(1.5)),
            custom("budget", json!(1)),
        ),
        (
            condition("custom_fields.since", "lt", json!("2026-03-01")),
            custom("since", json!("2026-02-28")),
            custom("since", json!("2026-03-01")),
        ),
        (
            condition("custom_fields.since", "lte", json!("2026-03-01")),
            custom("since", json!("2026-03-01")),
            custom("since", json!("2026-03-02")),
        ),
        (
            condition("value", "between", json!([gbp(100), gbp(200)])),
            worth(200, "GBP"),
            worth(201, "GBP"),
        ),
        (
            condition("custom_fields.vip", "exists", json!(true)),
            custom("vip", json!(false)),
            json!({}),
        ),
        (
            json!({"field": "last_name", "operator": "exists"}),
            json!({"last_name": "Ng"}),
            json!({"last_name": " "}),
        ),
    ]
}

both! {
    async fn hold_for_one_lead_and_not_for_another(database: Database) {
        let acme = World::start(database).await;
        for field in [
            json!({"key": "topics", "label": "Topics", "type": "choices",
                "options": ["Basic", "Pro"]}),
            json!({"key": "budget", "label": "Budget", "type": "number"}),
            json!({"key": "since", "label": "Since", "type": "date"}),
            json!({"key": "vip", "label": "VIP", "type": "boolean"}),
        ] {
            acme.owner.post("/v1/custom-fields", field).await.expect(201);
        }
        let rule = add(&acme.owner, "Rule", json!({"all": []}), Value::Null).await;
        for (condition, matching, other) in cases() {
            let change = json!({"conditions": condition});
            let saved = acme.owner.patch(path_of(&rule), change).await.expect(200).json();
            for (mut lead, matches) in [(matching, true), (other, false)] {
                lead["first_name"] = json!("Lee");
                let path = format!("{PATH}/test");
                let told = acme.owner.post(path, lead.clone()).await.expect(200).json();
                let made = acme.owner.post("/v1/leads", lead.clone()).await.expect(201).json();
                assert_eq!(made["rule"]["id"] == rule["id"], matches, "{condition} of {lead}");
                assert_eq!(made["rule"]["id"], told["rule_id"], "{condition} of {lead}");
                if matches {
                    assert_eq!(made["rule"]["version"], saved["version"]);
                }
                let told = &told["rules"][0]["conditions"];
                assert_eq!(told["matched"], matches, "{told}");
            }
        }
    }
}
