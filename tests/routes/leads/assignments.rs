//! `GET /v1/leads/{id}/assignments`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::post_in_turn;
use crate::support::world::World;

async fn only_assignment(client: &Client, lead: &Value) -> Value {
    let path = format!("/v1/leads/{}/assignments", text(&lead["id"]));
    let mut assignments = client.get(path).await.expect(200).items();
    assert_eq!(assignments.len(), 1, "{assignments:?}");
    assignments.remove(0)
}

fn outcomes(explanation: &Value) -> Vec<(String, String)> {
    let members = explanation["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| (text(&member["user"]["first_name"]), text(&member["outcome"])))
        .collect()
}

fn named(pairs: [(&str, &str); 3]) -> Vec<(String, String)> {
    pairs.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())).to_vec()
}

both! {
    async fn explain_every_turn_member_by_member(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann, &ben], 1, 0).await;
        let path = format!("/v1/groups/{group}/members/{}", ann.id);
        acme.owner.patch(path, json!({"paused": true})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 3).await;

        let first = only_assignment(&acme.owner, &leads[0]).await;
        assert_eq!(first["id"], leads[0]["assignment"]["id"]);
        assert_eq!(first["ledger_hash"], leads[0]["assignment"]["ledger_hash"]);
        assert_eq!(first["from"], Value::Null);
        assert_eq!(first["to"]["id"], tom.id);
        let why = &first["explanation"];
        assert_eq!(why["turn"], 1);
        assert_eq!(why["method"], "sequential");
        assert_eq!(
            outcomes(why),
            named([("Tom", "chosen"), ("Ann", "skipped"), ("Ben", "not_reached")]),
        );

        let second = only_assignment(&acme.owner, &leads[1]).await;
        let why = &second["explanation"];
        assert_eq!(
            outcomes(why),
            named([("Tom", "skipped"), ("Ann", "skipped"), ("Ben", "chosen")]),
        );
        assert_eq!(why["members"][1]["reason"], "paused");
        assert_ne!(why["cursor_before"], Value::Null);
        assert!(why["entry"].as_u64() > first["explanation"]["entry"].as_u64());

        let third = only_assignment(&acme.owner, &leads[2]).await;
        assert_eq!(third["to"], Value::Null);
        assert_eq!(third["outcome"], "unassigned");
        let why = &third["explanation"];
        assert_eq!(why["turn"], Value::Null);
        assert_eq!(
            outcomes(why),
            named([("Tom", "skipped"), ("Ann", "skipped"), ("Ben", "skipped")]),
        );
        let full = &why["members"][0];
        assert_eq!(full["reason"], "daily_limit_reached");
        assert_eq!((&full["count"], &full["limit"]), (&json!(1), &json!(1)));
        assert!(full["until"].is_string(), "{full}");
        assert_eq!((&full["today"], &full["daily_limit"]), (&json!(1), &json!(1)));
        assert_eq!(full["monthly_limit"], 0);
        let paused = &why["members"][1];
        assert_eq!((&paused["reason"], &paused["until"]), (&json!("paused"), &Value::Null));
        assert_eq!(paused["daily_limit"], 1);
        // Nobody got it, and nobody's turn is used up by that.
        assert_eq!(third["reason"], "nobody_available");
        assert_ne!(why["cursor_before"], Value::Null);
        assert_eq!(why["cursor_before"], why["cursor_after"]);
    }

    async fn stay_true_whatever_happens_to_the_group_later(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let mut before = Vec::new();
        for lead in &leads {
            before.push(only_assignment(&acme.owner, lead).await);
        }
        let path = format!("/v1/groups/{group}");
        acme.owner.put(format!("{path}/members"), json!({"user_ids": [ann.id]})).await.expect(200);
        acme.owner.patch(&path, json!({"distribution": {"daily_limit": 9}})).await.expect(200);
        post_in_turn(&acme.owner, &group, 2).await;
        for (lead, before) in leads.iter().zip(before) {
            assert_eq!(only_assignment(&acme.owner, lead).await, before);
        }
    }

    async fn explain_nothing_where_no_rotation_decided(database: Database) {
        let acme = World::start(database).await;
        for mode in ["me", "none", "route"] {
            let body = json!({"first_name": "Lee", "assignment": {"mode": mode}});
            let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
            let assignment = only_assignment(&acme.owner, &lead).await;
            assert_eq!(assignment["explanation"], Value::Null);
        }
    }
}
