//! `GET /v1/groups/{id}/distribution/fairness`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{post_at_once, post_in_turn};
use crate::support::time::local_day;
use crate::support::world::World;

async fn fairness(client: &Client, group: &str, query: &str) -> Value {
    client.get(format!("/v1/groups/{group}/distribution/fairness?{query}")).await.expect(200).json()
}

fn by_name(told: &Value) -> BTreeMap<String, Value> {
    let members = told["members"].as_array().unwrap().iter();
    members.map(|member| (text(&member["user"]["first_name"]), member.clone())).collect()
}

both! {
    async fn explains_each_gap(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let member = |id: &str| format!("/v1/groups/{group}/members/{id}");
        acme.owner.patch(member(&tom.id), json!({"daily_limit": 2})).await.expect(200);
        post_in_turn(&acme.owner, &group, 6).await;
        let members = json!({"user_ids": [tom.id, ann.id, ben.id]});
        acme.owner.put(format!("/v1/groups/{group}/members"), members).await.expect(200);
        acme.owner.patch(member(&ann.id), json!({"paused": true})).await.expect(200);
        post_in_turn(&acme.owner, &group, 3).await;
        acme.owner.patch(member(&ben.id), json!({"paused": true})).await.expect(200);
        post_in_turn(&acme.owner, &group, 1).await;

        let told = fairness(&acme.owner, &group, "").await;
        assert_eq!(told["turns"], 9);
        assert_eq!(told["undealt"], json!({"nobody_available": 1}));
        let members = by_name(&told);
        let [tom, ann, ben] = ["Tom", "Ann", "Ben"].map(|name| &members[name]);
        let received = [tom, ann, ben].map(|member| member["received"].as_u64().unwrap());
        assert_eq!(received, [2, 4, 3]);
        // Tom was at his limit from the fourth turn on.
        assert_eq!(tom["lost"], json!([
            {"reason": "daily_limit_reached", "turns": 6, "share": 2.0},
        ]));
        assert_eq!(tom["expected"], 1.5, "{tom}");
        assert_eq!(ann["lost"], json!([{"reason": "paused", "turns": 3, "share": 1.0}]));
        assert_eq!(ben["lost"], json!([{"reason": "not_member", "turns": 6, "share": 2.0}]));
        assert!(ben["joined_at"].is_string() && ann["joined_at"].is_string(), "{ben} {ann}");
        for member in [tom, ann, ben] {
            assert_eq!(member["even_share"], 3.0, "{member}");
            let figure = |value: &Value| value.as_f64().unwrap();
            let lost: f64 = member["lost"].as_array().unwrap().iter().map(|it| figure(&it["share"])).sum();
            let explained = figure(&member["even_share"]) - lost + figure(&member["from_others"]);
            assert!((explained - figure(&member["expected"])).abs() < 0.01, "{member}");
        }
    }

    async fn is_of_a_period_by_instants_and_by_local_days(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_at_once(&[(*acme.owner).clone()], &group, 520).await;
        let path = format!("/v1/groups/{group}/distribution/ledger?sort=-entry&limit=10");
        let last = acme.owner.get(path).await.expect(200).items();
        let at = text(&last[9]["at"]);
        let later = last.iter().filter(|entry| text(&entry["at"]) >= at).count();
        let told = fairness(&acme.owner, &group, &format!("from={at}")).await;
        assert!(told["turns"].as_u64() >= u64::try_from(later).ok(), "{told}");
        assert_eq!(told["from"], at);
        assert_eq!(told["members"].as_array().unwrap().len(), 2, "members from before count");
        let before = fairness(&acme.owner, &group, &format!("to={at}")).await;
        let turns = told["turns"].as_u64().unwrap() + before["turns"].as_u64().unwrap();
        assert_eq!(turns, 520);
        let day = local_day(&at, &acme.time_zone);
        let told = fairness(&acme.owner, &group, &format!("from={day}&to={day}")).await;
        assert_eq!(told["turns"], 520);
        let path = format!("/v1/groups/{group}/distribution/fairness");
        let wrong = acme.owner.get(format!("{path}?from=yesterday&to=2026-13-01")).await;
        wrong.expect_faults(&[("/from", "invalid_value"), ("/to", "invalid_value")]);
        let wrong = acme.owner.get(format!("{path}?from={day}&to=2020-01-01")).await;
        wrong.expect_faults(&[("/to", "invalid_value")]);
    }
}
