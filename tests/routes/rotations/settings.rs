//! `distribution` of groups and teams.

use serde_json::{Value, json};

use super::{deal, owners};
use crate::support::both;
use crate::support::ledger::expect_sound_ledger;
use crate::support::teams::expect_sound_team;
use crate::support::world::World;

both! {
    async fn is_kept_where_it_is_absent_and_shown_where_it_is_set(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        for (kind, id) in owners(&acme, &[&tom]).await {
            let path = format!("/v1/{kind}/{id}");
            let change = json!({"distribution": {"method": "weighted", "daily_limit": 7,
                "respect_availability": true, "when_nobody_eligible": "wait"}});
            let changed = acme.owner.patch(&path, change).await.expect(200).json();
            let set = &changed["distribution"];
            assert_eq!(set["method"], "weighted");
            assert_eq!((&set["daily_limit"], &set["monthly_limit"]), (&json!(7), &json!(0)));
            assert_eq!(set["respect_availability"], true);
            assert_eq!((&set["when_nobody_eligible"], &set["fallback"]), (&json!("wait"), &Value::Null));
            let kept = json!({"distribution": {"monthly_limit": 70}});
            let kept = acme.owner.patch(&path, kept).await.expect(200).json();
            assert_eq!(kept["distribution"]["method"], "weighted");
            assert_eq!(kept["distribution"]["when_nobody_eligible"], "wait");
            let state = acme.owner.get(format!("{path}/distribution")).await.expect(200).json();
            for field in ["method", "respect_availability", "when_nobody_eligible", "fallback",
                "daily_limit", "monthly_limit"] {
                assert_eq!(state[field], kept["distribution"][field], "{field}");
            }
            let same = acme.owner.patch(&path, json!({"distribution": {"method": "weighted"}})).await;
            assert_eq!(same.expect(200).json(), kept, "nothing changed");
            let wrong = json!({"distribution": {"method": "fair", "when_nobody_eligible": null,
                "daily_limit": 1_000_001, "respect_availability": "yes"}});
            let faults = acme.owner.patch(&path, wrong).await.faults();
            let faults: Vec<_> = faults.iter().map(|(at, code)| format!("{at} {code}")).collect();
            assert_eq!(faults, [
                "/distribution/daily_limit too_large",
                "/distribution/method invalid_value",
                "/distribution/respect_availability invalid_type",
                "/distribution/when_nobody_eligible required",
            ]);
        }
    }

    async fn weights_share_leads_out(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for (kind, id) in owners(&acme, &[&tom, &ann]).await {
            let path = format!("/v1/{kind}/{id}");
            let weighted = json!({"distribution": {"method": "weighted"}});
            acme.owner.patch(&path, weighted).await.expect(200);
            let weight = json!({"weight": 3});
            let member = acme.owner.patch(format!("{path}/members/{}", tom.id), weight).await;
            assert_eq!(member.expect(200).json()["weight"], 3);
            let dealt = deal(&acme.owner, kind, &id, 8).await;
            assert_eq!(dealt.iter().filter(|user| **user == json!(tom.id)).count(), 6, "{dealt:?}");
            let never = json!({"weight": 0});
            acme.owner.patch(format!("{path}/members/{}", tom.id), never).await.expect(200);
            let dealt = deal(&acme.owner, kind, &id, 2).await;
            assert!(dealt.iter().all(|user| *user == json!(ann.id)), "{dealt:?}");
            let state = acme.owner.get(format!("{path}/distribution")).await.expect(200).json();
            assert_eq!(state["members"][0]["skipped"]["reason"], "zero_weight");
            match kind {
                "groups" => expect_sound_ledger(&acme, &id).await,
                _ => expect_sound_team(&acme, &id).await,
            }
        }
    }

    async fn a_new_one_begins_as_it_says(database: Database) {
        let acme = World::start(database).await;
        for (kind, further) in [("groups", json!({})), ("teams", json!({"include_managers": true}))] {
            let mut distribution = json!({"method": "random", "when_nobody_eligible": "fallback",
                "fallback": {"user_id": acme.owner.id}});
            distribution.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
            let body = json!({"name": "New", "distribution": distribution});
            let made = acme.owner.post(format!("/v1/{kind}"), body).await.expect(201).json();
            let set = &made["distribution"];
            assert_eq!((&set["method"], &set["when_nobody_eligible"]), (&json!("random"), &json!("fallback")));
            assert_eq!(set["fallback"], json!({"user_id": acme.owner.id}));
            let wrong = json!({"name": "Other", "distribution": {"fallback": {"user_id": acme.owner.id}}});
            acme.owner.post(format!("/v1/{kind}"), wrong).await.expect_faults(&[
                ("/distribution/fallback", "invalid_value"),
            ]);
        }
    }
}
