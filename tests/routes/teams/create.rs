//! `POST /v1/teams`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn makes_a_team_of_managers_and_users(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let body = json!({"name": " Blue ", "manager_ids": [mia.id], "user_ids": [tom.id, ann.id]});
        let made = acme.owner.post("/v1/teams", body).await.expect(201);
        let team = made.json();
        assert_eq!(team["name"], "Blue");
        assert_eq!((&team["manager_count"], &team["user_count"]), (&json!(1), &json!(2)));
        assert_eq!(team["version"], 1);
        assert_eq!(made.header("etag"), "\"1\"");
        let path = format!("/v1/teams/{}", text(&team["id"]));
        assert_eq!(made.header("location"), path);
        assert_eq!(acme.owner.get(path).await.expect(200).json(), team);
    }

    async fn makes_an_empty_team(database: Database) {
        let acme = World::start(database).await;
        let team = acme.owner.post("/v1/teams", json!({"name": "Blue"})).await.expect(201).json();
        assert_eq!((&team["manager_count"], &team["user_count"]), (&json!(0), &json!(0)));
    }

    async fn refuses_a_name_that_is_taken_whatever_its_case(database: Database) {
        let acme = World::start(database).await;
        acme.team("Blue", &[], &[]).await;
        let again = acme.owner.post("/v1/teams", json!({"name": "BLUE"})).await;
        again.expect_problem(409, "team_name_taken");
        let globex = acme.second_organization().await;
        globex.team("Blue", &[], &[]).await;
        acme.group("Blue", &[]).await;
    }

    async fn names_every_fault_at_once(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let body = json!({
            "name": " ",
            "manager_ids": [tom.id, acme.owner.id, "nonsense", globex.owner.id],
            "user_ids": [tom.id, acme.owner.id, acme.owner.id],
            "colour": "blue",
        });
        let refused = acme.owner.post("/v1/teams", body).await;
        refused.expect_faults(&[
            ("/colour", "unknown_field"),
            ("/name", "required"),
            ("/manager_ids/0", "not_a_manager"),
            ("/manager_ids/2", "invalid_value"),
            ("/manager_ids/3", "unknown_user"),
            ("/user_ids/0", "duplicate"),
            ("/user_ids/1", "duplicate"),
            ("/user_ids/2", "duplicate"),
        ]);
        let problem = refused.json();
        let faults = problem["errors"].as_array().unwrap();
        let lacking = faults.iter().find(|fault| fault["code"] == "not_a_manager").unwrap();
        assert!(text(&lacking["detail"]).contains("Tom"), "it names who: {lacking}");
        assert!(acme.owner.get("/v1/teams").await.expect(200).items().is_empty());
    }

    async fn is_for_who_manages_teams(database: Database) {
        let acme = World::start(database).await;
        for role in ["manager", "agent"] {
            let person = acme.person(role, role).await;
            let refused = person.post("/v1/teams", json!({"name": "Blue"})).await;
            let problem = refused.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "teams.manage");
        }
        let ada = acme.person("admin", "Ada").await;
        ada.post("/v1/teams", json!({"name": "Blue"})).await.expect(201);
    }

    async fn makes_one_team_per_idempotency_key(database: Database) {
        let acme = World::start(database).await;
        let make = || acme.owner.post("/v1/teams", json!({"name": "Blue"})).idempotency_key("k");
        let first = make().await.expect(201);
        let again = make().await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(first.json(), again.json());
        assert_eq!(acme.owner.get("/v1/teams").await.expect(200).items().len(), 1);
    }
}
