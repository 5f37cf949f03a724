//! Who sees which lead.

use serde_json::json;

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::lead_for;
use crate::support::world::World;

both! {
    async fn an_agent_sees_what_they_own_or_made(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let owned =
            text(&acme.owner.post("/v1/leads", lead_for(&group, 1)).await.expect(201).json()["id"]);
        let anns =
            text(&acme.owner.post("/v1/leads", lead_for(&group, 2)).await.expect(201).json()["id"]);
        let made = text(
            &tom.post("/v1/leads", json!({"first_name": "Made"})).await.expect(201).json()["id"],
        );

        assert_eq!(ids(&tom.get("/v1/leads").await.expect(200).items()), [&*made, &*owned]);
        assert_eq!(ids(&tom.get("/v1/leads?owner=me").await.expect(200).items()), [&*owned]);
        for path in ["", "/assignments"] {
            tom.get(format!("/v1/leads/{owned}{path}")).await.expect(200);
            tom.get(format!("/v1/leads/{made}{path}")).await.expect(200);
            tom.get(format!("/v1/leads/{anns}{path}")).await.expect_problem(404, "not_found");
        }
        tom.get(format!("/v1/leads?owner={}", ann.id))
            .await
            .expect_problem(403, "permission_denied");
        tom.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
    }

    async fn owners_and_admins_see_everything(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        tom.post("/v1/leads", lead_for(&group, 1)).await.expect(201);
        tom.post("/v1/leads", json!({"first_name": "Nobody's"})).await.expect(201);
        for person in [&acme.owner, &ada] {
            assert_eq!(person.get("/v1/leads").await.expect(200).items().len(), 2);
            let toms = person.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
            assert_eq!(toms.items().len(), 1);
        }
    }

    async fn a_manager_sees_for_now_what_an_agent_would(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let lead =
            acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert!(mia.get("/v1/leads").await.expect(200).items().is_empty());
        let path = format!("/v1/leads/{}", text(&lead["id"]));
        mia.get(path).await.expect_problem(404, "not_found");
    }

    async fn nothing_crosses_between_organizations(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let lead =
            acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert!(globex.owner.get("/v1/leads").await.expect(200).items().is_empty());
        for path in ["", "/assignments"] {
            let path = format!("/v1/leads/{}{path}", text(&lead["id"]));
            globex.owner.get(path).await.expect_problem(404, "not_found");
        }
        let key = globex.integration(&["leads.view", "leads.view_all"]).await;
        assert!(key.get("/v1/leads").await.expect(200).items().is_empty());
        let foreign = acme.group("Sales", &[]).await;
        let answer = globex.owner.get(format!("/v1/leads?group_id={foreign}")).await;
        assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer}");
        if answer.status == 200 {
            assert!(answer.items().is_empty());
        }
    }
}
