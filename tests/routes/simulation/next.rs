//! `POST /v1/groups/{id}/distribution/simulate`: the next leads.

use serde_json::{Value, json};

use super::{decisions, path, receivers, simulate};
use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{distribution, post_in_turn};
use crate::support::time::hours_after;
use crate::support::waiting::until_waiting;
use crate::support::world::World;

both! {
    async fn go_on_where_the_rotation_stands_and_write_nothing(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let before = distribution(&acme.owner, &group).await;
        let told = simulate(&acme.owner, &group, json!({"leads": 3})).await;
        assert_eq!(receivers(&told), [&json!(ann.id), &json!(tom.id), &json!(ann.id)]);
        let turns: Vec<&Value> = decisions(&told).iter().map(|it| &it["turn"]).collect();
        assert_eq!(turns, [2, 3, 4]);
        assert_eq!(decisions(&told)[0]["group_id"], group);
        assert_eq!(decisions(&told)[0]["reason"], Value::Null);
        let shares = told["members"].as_array().unwrap().iter();
        let shares: Vec<_> =
            shares.map(|it| (it["user"]["first_name"].as_str(), it["leads"].as_u64())).collect();
        assert_eq!(shares, [(Some("Tom"), Some(1)), (Some("Ann"), Some(2))]);
        assert_eq!((&told["unassigned"], &told["waiting"]), (&json!(0), &json!(0)));
        assert_eq!(distribution(&acme.owner, &group).await, before, "nothing is written");
        let leads = acme.owner.get("/v1/leads").await.expect(200).items();
        assert_eq!(leads.len(), 1);
    }

    async fn say_why_nobody_gets_them(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 2, 0).await;
        let told = simulate(&acme.owner, &group, json!({"leads": 3})).await;
        assert_eq!(receivers(&told), [&json!(tom.id), &json!(tom.id), &Value::Null]);
        let last = &decisions(&told)[2];
        assert_eq!((&last["reason"], &last["turn"]), (&json!("all_members_at_limit"), &Value::Null));
        assert_eq!((&told["unassigned"], &told["waiting"]), (&json!(1), &json!(0)));
    }

    async fn come_behind_those_that_wait(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 1, 0).await;
        let change = |distribution: Value| json!({"distribution": distribution});
        let patch = |body: Value| acme.owner.patch(format!("/v1/groups/{group}"), body);
        patch(change(json!({"when_nobody_eligible": "wait"}))).await.expect(200);
        post_in_turn(&acme.owner, &group, 3).await;
        let told = simulate(&acme.owner, &group, json!({"leads": 1})).await;
        assert_eq!(decisions(&told)[0]["reason"], "others_waiting");
        assert_eq!(decisions(&told)[0]["waiting"], true);
        let raised = change(json!({"daily_limit": 4}));
        let mut body = raised.clone();
        body["leads"] = json!(2);
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(decisions(&told)[0]["turn"], 4, "behind the two that wait");
        assert_eq!(told["members"][0]["waiting_leads"], 2);
        assert_eq!(decisions(&told)[1]["reason"], "all_members_at_limit");
        // And so it is.
        patch(raised).await.expect(200);
        until_waiting(&acme.owner, &group, 0).await;
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["turn"], 4);
    }

    async fn find_the_list_empty_whose_last_lead_was_given_away(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom], 1, 0).await;
        let second = acme.group("Second", &[&ann]).await;
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        acme.owner.patch(format!("/v1/groups/{group}"), wait).await.expect(200);
        let waits = post_in_turn(&acme.owner, &group, 2).await.remove(1);
        let path = format!("/v1/leads/{}/owner", text(&waits["id"]));
        acme.owner.put(path, json!({"user_id": ann.id})).await.expect(200);
        let on = json!({"leads": 2, "distribution": {
            "when_nobody_eligible": "fallback", "fallback": {"group_id": second},
        }});
        let told = simulate(&acme.owner, &group, on).await;
        assert_eq!(receivers(&told), [&json!(ann.id), &json!(ann.id)], "{told}");
    }

    async fn are_spread_over_time_and_wait_for_the_days_to_come(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 1, 0).await;
        let now = text(&simulate(&acme.owner, &group, json!({"leads": 1})).await["as_of"]);
        // It is about noon there: three come in at noon, midnight, noon.
        let until = hours_after(&now, 37);
        let body = json!({"leads": 3, "from": hours_after(&now, 1), "until": until,
            "distribution": {"when_nobody_eligible": "wait"}});
        let told = simulate(&acme.owner, &group, body).await;
        let all = decisions(&told);
        assert_eq!(all[0]["decided_at"], all[0]["at"]);
        assert_eq!(all[1]["turn"], 2);
        assert_eq!(all[1]["decided_at"], all[1]["at"], "another day has begun: {told}");
        // Two on the second day are too many: the third is for the day after.
        let midnight = text(&all[2]["decided_at"]);
        assert!(midnight > text(&all[2]["at"]) && midnight.ends_with(":00:00.000000Z"), "{told}");
        let body = json!({"leads": 3, "from": hours_after(&now, 1), "until": hours_after(&now, 61),
            "distribution": {"when_nobody_eligible": "wait"}});
        let told = simulate(&acme.owner, &group, body).await;
        assert!(receivers(&told).iter().all(|user| **user == json!(tom.id)), "{told}");
        // All at once, and three midnights to come.
        let body = json!({"leads": 4, "until": hours_after(&now, 50), "from": hours_after(&now, 49),
            "distribution": {"when_nobody_eligible": "wait"}});
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(told["waiting"], 3);
        let body = json!({"leads": 4, "until": hours_after(&now, 1000), "from": hours_after(&now, 1),
            "paused": true, "paused_until": hours_after(&now, 900),
            "distribution": {"when_nobody_eligible": "wait"}});
        let told = simulate(&acme.owner, &group, body).await;
        assert_eq!(decisions(&told)[0]["decided_at"], json!(micros(&hours_after(&now, 900))));
        assert_eq!(decisions(&told)[0]["turn"], 1);
    }

    async fn refuse_what_makes_no_sense(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let stranger = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01";
        let period = json!({"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"});
        let cases = [
            (json!({}), vec![("/leads", "required")]),
            (json!({"leads": 0}), vec![("/leads", "invalid_value")]),
            (json!({"leads": 100_001}), vec![("/leads", "too_large")]),
            (json!({"leads": 1, "from": "2020-01-01T00:00:00Z"}), vec![("/from", "must_be_future")]),
            (json!({"leads": 1, "until": "2199-01-01T00:00:00Z"}), vec![("/until", "too_far")]),
            (json!({"leads": 1, "from": "2199-01-01T00:00:00Z"}), vec![("/from", "too_far")]),
            (json!({"leads": 1, "replay": period}), vec![("/replay", "invalid_value")]),
            (json!({"replay": period}), vec![("/replay/until", "invalid_value")]),
            (json!({"replay": {}, "until": "2199-01-01T00:00:00Z"}), vec![
                ("/replay/from", "required"), ("/replay/until", "required"),
                ("/until", "invalid_value"),
            ]),
            (json!({"leads": 1, "user_ids": [tom.id, stranger]}), vec![("/user_ids/1", "unknown_user")]),
            (json!({"leads": 1, "members": [{"weight": 1001}]}), vec![
                ("/members/0/user_id", "required"), ("/members/0/weight", "too_large"),
            ]),
            (json!({"leads": 1, "members": [{"user_id": stranger}]}),
                vec![("/members/0/user_id", "unknown_user")]),
            (json!({"leads": 1, "members": [{"user_id": tom.id}, {"user_id": tom.id}]}),
                vec![("/members/1/user_id", "duplicate")]),
            (json!({"leads": 1, "distribution": {"method": "fastest"}}),
                vec![("/distribution/method", "invalid_value")]),
            (json!({"leads": 1, "distribution": {"when_nobody_eligible": "fallback"}}),
                vec![("/distribution/fallback", "required")]),
            (json!({"leads": 1, "distribution": {"when_nobody_eligible": "fallback",
                "fallback": {"group_id": group}}}), vec![("/distribution/fallback", "fallback_loop")]),
            (json!({"leads": 1, "distribution": {"when_nobody_eligible": "fallback",
                "fallback": {"group_id": stranger}}}),
                vec![("/distribution/fallback/group_id", "unknown_group")]),
        ];
        for (body, faults) in cases {
            acme.owner.post(path(&group), body).await.expect_faults(&faults);
        }
        let nowhere = acme.owner.post(path(stranger), json!({"leads": 1})).await;
        nowhere.expect_problem(404, "not_found");
    }
}

/// An instant as the API writes it.
fn micros(instant: &str) -> String {
    let text = instant.strip_suffix('Z').unwrap();
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<6}Z"),
        None => format!("{text}.000000Z"),
    }
}
