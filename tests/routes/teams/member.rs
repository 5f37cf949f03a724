//! `PATCH /v1/teams/{id}/members/{user_id}`.

use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn becomes_a_manager_and_a_user_again(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[], &[&mia, &tom]).await;
        let path = format!("/v1/teams/{team}/members/{}", mia.id);
        let mine = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        tom.post("/v1/leads", mine).await.expect(201);
        assert!(mia.get("/v1/leads").await.expect(200).items().is_empty());

        let changed = acme.owner.patch(&path, json!({"seat": "manager"})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        assert_eq!(changed.json()["seat"], "manager");
        assert_eq!(changed.json()["user"]["id"], mia.id);
        assert_eq!(mia.get("/v1/leads").await.expect(200).items().len(), 1);
        for same in [json!({"seat": "manager"}), json!({})] {
            let same = acme.owner.patch(&path, same).await.expect(200);
            assert_eq!(same.header("etag"), "\"2\"", "nothing changed");
        }
        acme.owner.patch(&path, json!({"seat": "user"})).await.expect(200);
        assert!(mia.get("/v1/leads").await.expect(200).items().is_empty());
    }

    async fn must_be_on_the_team_and_hold_the_role(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let team = acme.team("Blue", &[], &[&tom]).await;
        let manager = json!({"seat": "manager"});
        let path = |who: &str| format!("/v1/teams/{team}/members/{who}");
        let refused = acme.owner.patch(path(&tom.id), manager.clone()).await;
        refused.expect_faults(&[("/seat", "not_a_manager")]);
        let absent = acme.owner.patch(path(&ann.id), manager.clone()).await;
        absent.expect_problem(404, "not_found");
        let stale = acme.owner.patch(path(&tom.id), manager).if_match(&json!(5)).await;
        stale.expect_problem(412, "precondition_failed");
        for (seat, code) in [(json!("boss"), "invalid_value"), (json!(null), "required")] {
            let refused = acme.owner.patch(path(&tom.id), json!({ "seat": seat })).await;
            refused.expect_faults(&[("/seat", code)]);
        }
    }
}
