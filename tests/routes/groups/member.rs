//! `PATCH /v1/groups/{id}/members/{user_id}`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{distribution, owner, per_owner, post_in_turn};
use crate::support::time::hours_after;
use crate::support::world::World;

both! {
    async fn a_paused_member_is_skipped_and_gets_no_flood_later(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let path = format!("/v1/groups/{group}/members/{}", tom.id);
        let member = acme.owner.patch(&path, json!({"paused": true})).await.expect(200).json();
        assert_eq!(member["paused"], true);
        assert_eq!(member["user"]["id"], tom.id);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 3)].into());

        let member = acme.owner.patch(&path, json!({"paused": false})).await.expect(200).json();
        assert_eq!(member["paused"], false);
        let leads = post_in_turn(&acme.owner, &group, 4).await;
        assert_eq!(per_owner(&leads), [(ann.id, 2), (tom.id, 2)].into());
    }

    async fn a_pause_ends_by_itself_at_its_time(database: Database) {
        let mut acme = World::start(database).await;
        let [tom] = acme.agents(["Tom"]).await;
        let group = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        let until = hours_after(&text(&lead["created_at"]), 3);
        let path = format!("/v1/groups/{group}/members/{}", tom.id);
        let pause = json!({"paused": true, "paused_until": until});
        acme.owner.patch(&path, pause).await.expect(200);
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "nobody_available");

        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+4h")]).await;
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        assert_eq!(owner(&lead), tom.id);
    }

    async fn a_limit_of_their_own_counts_instead_of_the_groups(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 2, 0).await;
        let path = format!("/v1/groups/{group}/members/{}", tom.id);
        let member = acme.owner.patch(&path, json!({"daily_limit": 1})).await.expect(200).json();
        assert_eq!(member["daily_limit"], 1);
        assert_eq!(member["monthly_limit"], Value::Null);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2), (tom.id.clone(), 1)].into());

        // Zero is unlimited; null is the group's again.
        acme.owner.patch(&path, json!({"daily_limit": 0})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        assert_eq!(per_owner(&leads), [(tom.id.clone(), 3)].into());
        acme.owner.patch(&path, json!({"daily_limit": null})).await.expect(200);
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["members"][0]["daily_limit"], 2);
        assert_eq!(state["members"][0]["remaining_today"], 0);
    }

    async fn names_the_faults_of_the_body_and_knows_members_only(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let path = |user: &str| format!("/v1/groups/{group}/members/{user}");
        let body = json!({"paused": "yes", "weight": 1001, "daily_limit": -1});
        let faults = acme.owner.patch(path(&acme.owner.id), body).await.faults();
        let pointers: Vec<&str> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/daily_limit", "/paused", "/weight"], "{faults:?}");
        let answer = acme.owner.patch(path(&tom.id), json!({"paused": true})).await;
        answer.expect_problem(404, "not_found");
    }

    async fn is_paused_and_limited_by_the_manager_of_their_team_alone(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let red = acme.team("Red", &[&max], &[&ann, &mia]).await;
        let group = acme.group("Sales", &[&tom, &ann, &mia]).await;
        let path = |user: &str| format!("/v1/groups/{group}/members/{user}");
        let limited = mia.patch(path(&tom.id), json!({"daily_limit": 1})).await.expect(200);
        assert_eq!(limited.json()["daily_limit"], 1);
        let paused = json!({"paused": true});
        let paused = mia.patch(path(&tom.id), paused).if_match(&json!(2)).await.expect(200);
        assert_eq!(paused.header("etag"), "\"3\"");
        mia.patch(path(&mia.id), json!({"paused": true})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2)].into());

        for (manager, user) in [(&mia, &ann), (&max, &tom)] {
            let refused = manager.patch(path(&user.id), json!({"paused": true})).await;
            let problem = refused.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "groups.manage");
        }
        mia.patch(path(&ben.id), json!({"paused": true})).await.expect_problem(404, "not_found");
        let problem = tom.patch(path(&tom.id), json!({"paused": false})).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "rotations.manage_members");

        acme.set_team(&red, &[&mia, &max], &[&ann]).await;
        mia.patch(path(&ann.id), json!({"monthly_limit": 9})).await.expect(200);
        acme.set_team(&red, &[&max], &[&ann]).await;
        mia.patch(path(&ann.id), json!({"paused": true})).await.expect(403);
        let others = json!({"user_ids": [mia.id]});
        let refused = mia.put(format!("/v1/groups/{group}/members"), others).await;
        refused.expect_problem(403, "permission_denied");
        let refused = mia.patch(format!("/v1/groups/{group}"), json!({"name": "Mine"})).await;
        refused.expect_problem(403, "permission_denied");
    }
}
