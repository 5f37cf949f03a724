//! `DELETE /v1/teams/{id}`.

use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn needs_a_word_about_who_is_on_it(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let path = format!("/v1/teams/{}", acme.team("Blue", &[&mia], &[&tom]).await);
        let refused = acme.owner.delete(&path).await;
        let problem = refused.expect_problem(409, "team_in_use");
        assert_eq!(problem["dependents"], json!([{"kind": "members", "count": 2}]));
        acme.owner.delete(format!("{path}?members=keep")).await.expect_faults(&[
            ("/members", "invalid_value"),
        ]);
        acme.owner.delete(format!("{path}?member=remove")).await.expect_faults(&[
            ("/member", "unknown_parameter"),
        ]);
        acme.owner.get(&path).await.expect(200);

        acme.owner.delete(format!("{path}?members=remove")).await.expect(204);
        for answer in [
            acme.owner.get(&path).await,
            acme.owner.get(format!("{path}/members")).await,
            acme.owner.delete(format!("{path}?members=remove")).await,
            acme.owner.patch(&path, json!({"name": "Red"})).await,
        ] {
            answer.expect_problem(404, "not_found");
        }
        assert!(acme.owner.get("/v1/teams").await.expect(200).items().is_empty());
        assert!(mia.get("/v1/teams").await.expect(200).items().is_empty());
        acme.team("Blue", &[&mia], &[]).await;
    }

    async fn deletes_an_empty_team_at_once(database: Database) {
        let acme = World::start(database).await;
        let path = format!("/v1/teams/{}", acme.team("Blue", &[], &[]).await);
        acme.owner.delete(&path).if_match(&json!(2)).await.expect_problem(412, "precondition_failed");
        acme.owner.delete(&path).if_match(&json!(1)).await.expect(204);
    }

    async fn ends_the_managers_sight_of_its_users_leads(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let team = acme.team("Blue", &[&mia], &[&tom]).await;
        let mine = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        tom.post("/v1/leads", mine).await.expect(201);
        assert_eq!(mia.get("/v1/leads").await.expect(200).items().len(), 1);
        acme.owner.delete(format!("/v1/teams/{team}?members=remove")).await.expect(204);
        assert!(mia.get("/v1/leads").await.expect(200).items().is_empty());
        assert_eq!(tom.get("/v1/leads").await.expect(200).items().len(), 1);
    }
}
