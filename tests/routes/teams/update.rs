//! `PATCH /v1/teams/{id}`.

use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn renames_a_team(database: Database) {
        let acme = World::start(database).await;
        let path = format!("/v1/teams/{}", acme.team("Blue", &[], &[]).await);
        let renamed = acme.owner.patch(&path, json!({"name": "Azure"})).await.expect(200).json();
        assert_eq!(renamed["name"], "Azure");
        assert_eq!(renamed["version"], 2);
        let same = acme.owner.patch(&path, json!({"name": "Azure"})).await.expect(200).json();
        assert_eq!(same, renamed, "nothing changed");
        assert_eq!(acme.owner.patch(&path, json!({})).await.expect(200).json(), renamed);
        acme.team("Blue", &[], &[]).await;
        let taken = acme.owner.patch(&path, json!({"name": "blue"})).await;
        taken.expect_problem(409, "team_name_taken");
        acme.owner.patch(&path, json!({"name": "AZURE"})).await.expect(200);
    }

    async fn honours_if_match_and_refuses_what_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        let path = format!("/v1/teams/{}", acme.team("Blue", &[], &[]).await);
        let stale = acme.owner.patch(&path, json!({"name": "Azure"})).if_match(&json!(7)).await;
        stale.expect_problem(412, "precondition_failed");
        acme.owner.patch(&path, json!({"name": "Azure"})).if_match(&json!(1)).await.expect(200);
        let refused = acme.owner.patch(&path, json!({"name": null, "colour": 1})).await;
        refused.expect_faults(&[("/name", "required"), ("/colour", "unknown_field")]);
    }

    async fn is_not_for_the_manager_of_the_team(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let path = format!("/v1/teams/{}", acme.team("Blue", &[&mia], &[]).await);
        let refused = mia.patch(&path, json!({"name": "Mine"})).await;
        let problem = refused.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "teams.manage");
        let members = json!({"manager_ids": [mia.id], "user_ids": []});
        mia.put(format!("{path}/members"), members).await.expect_problem(403, "permission_denied");
        mia.delete(&path).await.expect_problem(403, "permission_denied");
    }
}
