//! `PATCH /v1/teams/{id}/members/{user_id}`: what is set for a member of a team's rotation.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::teams::{owners, post_to_team};
use crate::support::world::World;

both! {
    async fn holds_from_the_next_lead_on_and_is_shown(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        let path = |user: &str| format!("/v1/teams/{team}/members/{user}");
        let limited = json!({"daily_limit": 1, "monthly_limit": 7, "weight": 2});
        let changed = acme.owner.patch(path(&tom.id), limited).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let member = changed.json();
        assert_eq!((&member["daily_limit"], &member["monthly_limit"]), (&json!(1), &json!(7)));
        assert_eq!((&member["weight"], &member["position"]), (&json!(2), &json!(1)));
        let owned = owners(&post_to_team(&acme.owner, &team, 3).await);
        assert_eq!(owned, [json!(tom.id), json!(ann.id), json!(ann.id)]);
        let paused = acme.owner.patch(path(&ann.id), json!({"paused": true})).await.expect(200);
        assert_eq!(paused.json()["paused"], true);
        assert_eq!(owners(&post_to_team(&acme.owner, &team, 1).await), [Value::Null]);
        let cleared = json!({"daily_limit": null, "weight": null});
        let cleared = acme.owner.patch(path(&tom.id), cleared).await.expect(200).json();
        assert_eq!((&cleared["daily_limit"], &cleared["weight"]), (&Value::Null, &json!(1)));
        assert_eq!(owners(&post_to_team(&acme.owner, &team, 1).await), [json!(tom.id)]);
        let members = acme.owner.get(format!("/v1/teams/{team}/members")).await.expect(200).items();
        assert_eq!((&members[0]["seat"], &members[0]["position"]), (&json!("manager"), &Value::Null));
        assert_eq!(members[1]["user"]["id"], tom.id);
        assert_eq!((&members[2]["paused"], &members[2]["position"]), (&json!(true), &json!(2)));
        let refused = acme.owner.patch(path(&mia.id), json!({"paused": true})).await;
        refused.expect_problem(409, "not_dealt_to");
        let wrong = json!({"weight": 1001, "daily_limit": 1_000_001, "paused_until": "soon"});
        acme.owner.patch(path(&tom.id), wrong).await.expect_faults(&[
            ("/paused_until", "invalid_value"), ("/daily_limit", "too_large"), ("/weight", "too_large"),
        ]);
    }

    async fn is_for_the_manager_of_the_team_and_the_seat_is_not(database: Database) {
        let acme = World::start(database).await;
        let [mia, max] = [acme.person("manager", "Mia").await, acme.person("manager", "Max").await];
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let blue = acme.team("Blue", &[&mia], &[&tom]).await;
        let red = acme.team("Red", &[&max], &[&ann, &mia]).await;
        let path = |team: &str, user: &str| format!("/v1/teams/{team}/members/{user}");
        let limit = || json!({"daily_limit": 3});
        mia.patch(path(&blue, &tom.id), limit()).await.expect(200);
        mia.patch(path(&red, &mia.id), limit()).await.expect(200);
        let refused = mia.patch(path(&red, &ann.id), limit()).await;
        assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], "teams.manage");
        let refused = mia.patch(path(&blue, &tom.id), json!({"seat": "manager"})).await;
        assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], "teams.manage");
        max.patch(path(&blue, &tom.id), limit()).await.expect_problem(404, "not_found");
        let problem = tom.patch(path(&blue, &tom.id), limit()).await;
        let problem = problem.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "rotations.manage_members");
        let both = json!({"seat": "user", "weight": 2, "paused": true});
        acme.owner.patch(path(&red, &max.id), both).await.expect(200);
    }
}
