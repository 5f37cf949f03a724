//! `POST …/distribution/reset-limits`.

use serde_json::{Value, json};

use super::{deal, owners};
use crate::support::both;
use crate::support::ledger::expect_sound_ledger;
use crate::support::teams::expect_sound_team;
use crate::support::world::World;

both! {
    async fn counts_start_anew_for_those_who_are_named_or_for_all(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for (kind, id) in owners(&acme, &[&tom, &ann]).await {
            let path = format!("/v1/{kind}/{id}");
            let limits = json!({"distribution": {"daily_limit": 1, "monthly_limit": 3}});
            acme.owner.patch(&path, limits).await.expect(200);
            let reset = format!("{path}/distribution/reset-limits");
            let full = [json!(tom.id), json!(ann.id), Value::Null];
            assert_eq!(deal(&acme.owner, kind, &id, 3).await, full);
            let toms = json!({"period": "day", "user_ids": [tom.id]});
            let stale = acme.owner.post(&reset, toms.clone()).if_match(&json!(9)).await;
            stale.expect_problem(412, "precondition_failed");
            let state = acme.owner.post(&reset, toms).await.expect(200).json();
            let counts = |state: &Value, at: usize| {
                let member = &state["members"][at];
                (member["today"].clone(), member["this_month"].clone())
            };
            assert_eq!(counts(&state, 0), (json!(0), json!(1)), "the month goes on");
            assert_eq!(counts(&state, 1), (json!(1), json!(1)));
            assert_eq!(deal(&acme.owner, kind, &id, 2).await, [json!(tom.id), Value::Null]);
            let all = json!({"period": "month"});
            let state = acme.owner.post(&reset, all.clone()).await.expect(200).json();
            assert_eq!([counts(&state, 0), counts(&state, 1)], [(json!(0), json!(0)), (json!(0), json!(0))]);
            let entry = state["entry"].clone();
            let again = acme.owner.post(&reset, all).await.expect(200).json();
            assert_eq!(again["entry"], entry, "nothing was counted");
            let mut dealt = deal(&acme.owner, kind, &id, 3).await;
            dealt.sort_by_key(Value::to_string);
            let mut expected = full.to_vec();
            expected.sort_by_key(Value::to_string);
            assert_eq!(dealt, expected);
            match kind {
                "groups" => expect_sound_ledger(&acme, &id).await,
                _ => expect_sound_team(&acme, &id).await,
            }
        }
    }

    async fn names_members_and_a_period(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for (kind, id) in owners(&acme, &[&tom]).await {
            let path = format!("/v1/{kind}/{id}/distribution/reset-limits");
            for (body, pointer, code) in [
                (json!({}), "/period", "required"),
                (json!({"period": "week"}), "/period", "invalid_value"),
                (json!({"period": "day", "user_ids": []}), "/user_ids", "required"),
                (json!({"period": "day", "user_ids": [tom.id, ann.id]}), "/user_ids/1", "unknown_user"),
                (json!({"period": "day", "user_ids": [tom.id, tom.id]}), "/user_ids/1", "duplicate"),
            ] {
                acme.owner.post(&path, body).await.expect_faults(&[(pointer, code)]);
            }
        }
    }
}
