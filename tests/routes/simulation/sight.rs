//! What a dry run tells to whom.

use serde_json::{Value, json};

use super::decisions;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn no_more_than_the_asker_could_look_up(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let [bella, rory] = [acme.person("manager", "Bella").await, acme.person("manager", "Rory").await];
        let blue = acme.team("Blue", &[&bella], &[&tom]).await;
        let red = acme.team("Red", &[&rory], &[&ann]).await;
        let path = |team: &str| format!("/v1/teams/{team}/distribution/simulate");
        let fallback = json!({"daily_limit": 1, "when_nobody_eligible": "fallback",
            "fallback": {"team_id": red}});
        let body = json!({"leads": 2, "distribution": fallback});
        // Bella cannot look at Rory's team by imagining leads that go on to it.
        let refused = bella.post(path(&blue), body.clone()).await;
        refused.expect_faults(&[("/distribution/fallback/team_id", "unknown_team")]);
        let told = acme.owner.post(path(&blue), body.clone()).await.expect(200).json();
        assert_eq!(decisions(&told)[1]["user_id"], json!(ann.id));
        let body = json!({"distribution": fallback});
        acme.owner.patch(format!("/v1/teams/{blue}"), body).await.expect(200);
        let told = bella.post(path(&blue), json!({"leads": 2})).await.expect(200).json();
        assert_eq!(decisions(&told)[0]["user_id"], json!(tom.id));
        let passed = &decisions(&told)[1];
        assert_eq!((&passed["user_id"], &passed["turn"]), (&Value::Null, &Value::Null));
        assert_eq!((&passed["reason"], &passed["team_id"]), (&json!("passed_on"), &Value::Null));
        assert_eq!(told["members"].as_array().map(Vec::len), Some(1), "{told}");
        // Nor see when somebody works who is not theirs.
        let body = json!({"leads": 1, "user_ids": [tom.id, ann.id]});
        let refused = bella.post(path(&blue), body.clone()).await;
        refused.expect_faults(&[("/user_ids/1", "unknown_user")]);
        acme.owner.post(path(&blue), body).await.expect(200);
        bella.post(path(&red), json!({"leads": 1})).await.expect_problem(404, "not_found");
        tom.post(path(&blue), json!({"leads": 1})).await.expect_problem(403, "permission_denied");
    }
}
