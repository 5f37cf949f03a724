//! `POST /v1/groups/{id}/distribution/simulate`: a past period over again.

use serde_json::{Value, json};

use super::{decisions, path, receivers, simulate};
use crate::support::answer::text;
use crate::support::availability::{respect_availability, set};
use crate::support::both;
use crate::support::leads::post_in_turn;
use crate::support::time::hours_after;
use crate::support::world::World;

/// From before the first of these leads to behind the last.
fn around(leads: &[Value]) -> Value {
    let [first, last] =
        [leads.first(), leads.last()].map(|lead| text(&lead.unwrap()["created_at"]));
    json!({"from": hours_after(&first, -1), "until": hours_after(&last, 1)})
}

both! {
    async fn is_what_was_where_nothing_is_otherwise(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 3, 0).await;
        let mut leads = post_in_turn(&acme.owner, &group, 3).await;
        let member = format!("/v1/groups/{group}/members/{}", ann.id);
        acme.owner.patch(member, json!({"paused": true})).await.expect(200);
        leads.extend(post_in_turn(&acme.owner, &group, 3).await);
        let told = simulate(&acme.owner, &group, json!({"replay": around(&leads)})).await;
        let again = decisions(&told);
        assert_eq!(again.len(), 6);
        for (lead, again) in leads.iter().zip(again) {
            assert_eq!(again["lead_id"], lead["id"]);
            assert_eq!(again["turn"], lead["assignment"]["turn"]);
            assert_eq!(again["user_id"], lead["owner"]["id"]);
            assert_eq!(again["previous_user_id"], lead["owner"]["id"]);
            assert_eq!(again["reason"], lead["assignment"]["reason"]);
        }
        let shares = told["members"].as_array().unwrap();
        assert!(shares.iter().all(|it| it["leads"] == it["previous_leads"]), "{told}");
    }

    async fn is_dealt_by_what_is_otherwise(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let leads = post_in_turn(&acme.owner, &group, 6).await;
        let replay = around(&leads);
        let [t, a, b] = [&tom, &ann, &ben].map(|person| json!(person.id));
        let body = json!({"replay": replay, "distribution": {"method": "weighted"},
            "members": [{"user_id": a, "weight": 2}]});
        let told = simulate(&acme.owner, &group, body).await;
        let anns = receivers(&told).iter().filter(|user| ***user == a).count();
        assert_eq!(anns, 4, "{told}");
        let ann_s = told["members"].as_array().unwrap().iter().find(|it| it["user"]["id"] == a);
        assert_eq!(ann_s.map(|it| &it["previous_leads"]), Some(&json!(3)));
        let body = json!({"replay": replay, "user_ids": [b, t]});
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(receivers(&told), [&b, &t, &b, &t, &b, &t]);
        let body = json!({"replay": replay, "distribution": {"daily_limit": 1}});
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(told["unassigned"], 4);
    }

    async fn deals_to_imagined_members_in_their_hours_alone(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        respect_availability(&acme, &group, true).await;
        let leads = post_in_turn(&acme.owner, &group, 4).await;
        let replay = around(&leads);
        let [t, a, b] = [&tom, &ann, &ben].map(|person| json!(person.id));
        let body = json!({"replay": replay, "user_ids": [t, a, b]});
        let told = simulate(&acme.owner, &group, body.clone()).await;
        assert!(receivers(&told).contains(&&b), "{told}");
        // Ben would have been away.
        let absence = json!({"from": replay["from"], "to": replay["until"]});
        set(&ben, json!({"time_zone": "Etc/UTC", "weekly": null, "absences": [absence]})).await;
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(receivers(&told), [&t, &a, &t, &a], "{told}");
    }

    async fn has_to_be_one_that_there_was(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let before = json!({"from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"});
        let refused = acme.owner.post(path(&group), json!({"replay": before})).await;
        refused.expect_faults(&[("/replay/until", "before_the_ledger")]);
        let later = json!({"from": "2199-01-01T00:00:00Z", "until": "2199-02-01T00:00:00Z"});
        let told = simulate(&acme.owner, &group, json!({"replay": later})).await;
        assert_eq!(told["decisions"], json!([]));
        let body = json!({"replay": later, "distribution": {"when_nobody_eligible": "wait"}});
        let refused = acme.owner.post(path(&group), body).await;
        refused.expect_faults(&[("/distribution/when_nobody_eligible", "invalid_value")]);
    }
}
