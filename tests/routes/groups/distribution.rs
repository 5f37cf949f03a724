//! `GET /v1/groups/{id}/distribution`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{distribution, post_in_turn};
use crate::support::time::local_day;
use crate::support::world::World;

both! {
    async fn tells_who_is_next_and_what_everybody_got(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 3, 0).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["method"], "sequential");
        assert_eq!(state["daily_limit"], 3);
        assert_eq!(state["monthly_limit"], 0);
        assert_eq!(state["turn"], 3);
        assert_eq!(state["reason"], Value::Null);
        let named =
            json!({"id": ann.id, "first_name": "Ann", "last_name": null, "partner": false});
        assert_eq!(state["next"], named);
        assert_eq!(state["rotation_id"], leads[2]["assignment"]["rotation_id"]);
        assert_eq!(state["ledger_hash"], leads[2]["assignment"]["ledger_hash"], "the last entry's");
        let today = local_day(&text(&leads[2]["created_at"]), &acme.time_zone);
        assert_eq!(state["local_day"], today);

        let first = &state["members"][0];
        assert_eq!(first["user"]["id"], tom.id);
        assert_eq!((&first["today"], &first["this_month"]), (&json!(2), &json!(2)));
        assert_eq!(
            (&first["remaining_today"], &first["remaining_this_month"]),
            (&json!(1), &Value::Null)
        );
        assert_eq!((&first["daily_limit"], &first["monthly_limit"]), (&json!(3), &json!(0)));
        assert_eq!(first["skipped"], Value::Null);
    }

    async fn tells_why_members_are_skipped_and_until_when(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 1, 0).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let pause = json!({"paused": true});
        acme.owner.patch(format!("/v1/groups/{group}/members/{}", ann.id), pause).await.expect(200);
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["next"], Value::Null);
        assert!(state["reason"].is_string(), "{state}");
        let full = &state["members"][0]["skipped"];
        assert_eq!(full["reason"], "daily_limit_reached");
        assert_eq!((&full["count"], &full["limit"]), (&json!(1), &json!(1)));
        let tomorrow = local_day(&text(&full["until"]), &acme.time_zone);
        assert!(tomorrow > text(&state["local_day"]), "{state}");
        assert_eq!(state["members"][1]["skipped"]["reason"], "paused");
    }

    async fn has_nobody_next_without_members(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["turn"], 0);
        assert_eq!(state["next"], Value::Null);
        assert_eq!(state["reason"], "no_members");
        assert_eq!(state["members"], json!([]));
    }
}
