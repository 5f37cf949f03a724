//! `POST /v1/leads` with `"mode": "distribute"`: the order, the limits, the days.

use serde_json::Value;

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{
    dealt_and_not, distribution, expect_strict_order, owner, per_owner, post_in_turn,
};
use crate::support::time::{expect_instant, local_day};
use crate::support::world::World;

both! {
    async fn goes_to_the_next_in_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let leads = post_in_turn(&acme.owner, &group, 10).await;
        expect_strict_order(&leads, &[&tom.id, &ann.id, &ben.id]);
        for lead in &leads {
            assert_eq!(lead["group_id"], group);
            let assignment = &lead["assignment"];
            assert_eq!(assignment["outcome"], "assigned");
            assert_eq!(assignment["source"], "distribution");
            assert_eq!(assignment["reason"], Value::Null);
            assert!(!text(&assignment["ledger_hash"]).is_empty());
            expect_instant(&text(&assignment["decided_at"]));
        }
    }

    async fn every_group_has_an_order_of_its_own(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let red = acme.group("Red", &[&tom, &ann]).await;
        let blue = acme.group("Blue", &[&tom, &ann]).await;
        let mut dealt = [Vec::new(), Vec::new()];
        for _ in 0..4 {
            for (group, leads) in [&red, &blue].into_iter().zip(&mut dealt) {
                leads.extend(post_in_turn(&acme.owner, group, 1).await);
            }
        }
        for leads in dealt {
            expect_strict_order(&leads, &[&tom.id, &ann.id]);
        }
    }

    async fn goes_to_nobody_when_everybody_has_reached_the_days_limit(database: Database) {
        let mut acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 2, 0).await;
        let (dealt, left) = dealt_and_not(post_in_turn(&form, &group, 6).await);
        expect_strict_order(&dealt, &[&tom.id, &ann.id]);
        assert_eq!(dealt.len(), 4);
        for lead in left {
            let assignment = &lead["assignment"];
            assert_eq!(assignment["outcome"], "unassigned");
            assert_eq!(assignment["reason"], "all_members_at_limit");
            assert_eq!(assignment["turn"], Value::Null);
            assert_eq!(lead["group_id"], group);
        }
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+24h")]).await;
        let (next_day, left) = dealt_and_not(post_in_turn(&form, &group, 5).await);
        assert_eq!(left.len(), 1, "the limit holds on the next day too");
        assert_eq!(owner(&next_day[0]), tom.id, "the order goes on where it was");
        assert_eq!(per_owner(&next_day), [(tom.id, 2), (ann.id, 2)].into());
    }

    async fn goes_to_nobody_when_everybody_has_reached_the_months_limit(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let form = acme.integration(&["leads.create"]).await;
        let group = acme.group_with_limits("Sales", &[&tom], 0, 2).await;
        let (dealt, left) = dealt_and_not(post_in_turn(&form, &group, 3).await);
        assert_eq!((dealt.len(), left.len()), (2, 1));
        assert_eq!(left[0]["assignment"]["reason"], "all_members_at_limit");
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+32d")]).await;
        let (dealt, left) = dealt_and_not(post_in_turn(&form, &group, 3).await);
        assert_eq!((dealt.len(), left.len()), (2, 1));
    }

    async fn goes_to_nobody_where_there_is_nobody(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Empty", &[]).await;
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        assert_eq!(lead["owner"], Value::Null);
        assert_eq!(lead["assignment"]["reason"], "no_members");
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 0, "no turn is spent");
    }

    async fn passes_over_who_is_at_a_limit_and_no_further(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let path = format!("/v1/groups/{group}/members/{}", ann.id);
        acme.owner.patch(path, serde_json::json!({"daily_limit": 1})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 7).await;
        let order: Vec<String> = leads.iter().map(owner).collect();
        assert_eq!(order, [&*tom.id, &*ann.id, &*ben.id, &*tom.id, &*ben.id, &*tom.id, &*ben.id]);
    }

    async fn does_not_count_what_was_given_by_hand(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 1, 0).await;
        for mode in [
            serde_json::json!({"mode": "user", "user_id": tom.id}),
            serde_json::json!({"mode": "user", "user_id": tom.id}),
        ] {
            let body = serde_json::json!({"first_name": "Lee", "assignment": mode});
            acme.owner.post("/v1/leads", body).await.expect(201);
        }
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["members"][0]["today"], 0);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        expect_strict_order(&leads, &[&tom.id, &ann.id]);
    }

    async fn counts_by_the_local_day_of_the_organization(database: Database) {
        let mut acme = World::start(database).await;
        let form = acme.integration(&["leads.create", "groups.view"]).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        let today = local_day(&text(&lead["created_at"]), &acme.time_zone);
        assert_eq!(distribution(&form, &group).await["local_day"], today);
        // From noon to an hour before midnight it is the same day; two hours later it is not.
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+10h")]).await;
        assert_eq!(distribution(&form, &group).await["members"][0]["today"], 1);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+13h")]).await;
        let state = distribution(&form, &group).await;
        assert_eq!(state["members"][0]["today"], 0);
        assert!(text(&state["local_day"]) > today);
    }
}
