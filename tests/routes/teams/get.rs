//! `GET /v1/teams/{id}`.

use serde_json::json;

use crate::support::both;
use crate::support::world::World;

both! {
    async fn is_found_by_who_is_on_it_or_manages_teams(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let ada = acme.person("admin", "Ada").await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        for path in [format!("/v1/teams/{blue}"), format!("/v1/teams/{blue}/members")] {
            for person in [&acme.owner, &ada, &mia] {
                assert_eq!(person.get(&path).await.expect(200).header("etag"), "\"1\"");
            }
            for stranger in [&max, &globex.owner] {
                stranger.get(&path).await.expect_problem(404, "not_found");
            }
        }
    }

    async fn is_hidden_from_other_organizations_on_every_write(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let blue = acme.team("Blue", &[], &[&acme.owner]).await;
        let path = format!("/v1/teams/{blue}");
        let gwen = &globex.owner;
        let members = json!({"manager_ids": [], "user_ids": []});
        let answers = [
            gwen.patch(&path, json!({"name": "Mine"})).await,
            gwen.delete(&path).await,
            gwen.delete(format!("{path}?members=remove")).await,
            gwen.put(format!("{path}/members"), members).await,
            gwen.patch(format!("{path}/members/{}", acme.owner.id), json!({"seat": "manager"})).await,
        ];
        for answer in answers {
            answer.expect_problem(404, "not_found");
        }
        assert_eq!(acme.owner.get(&path).await.expect(200).json()["version"], 1);
    }
}
