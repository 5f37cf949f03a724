//! `GET /v1/teams`.

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn shows_the_newest_first_page_by_page(database: Database) {
        let acme = World::start(database).await;
        let mut made = Vec::new();
        for name in ["Blue", "Red", "Green"] {
            made.insert(0, acme.team(name, &[], &[]).await);
        }
        assert_eq!(ids(&acme.owner.get("/v1/teams").await.expect(200).items()), made);
        let first = acme.owner.get("/v1/teams?limit=2").await.expect(200);
        let cursor = text(&first.json()["next_cursor"]);
        let second = acme.owner.get(format!("/v1/teams?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!([ids(&first.items()), ids(&second.items())].concat(), made);
        assert!(second.json()["next_cursor"].is_null());
    }

    async fn shows_a_manager_the_teams_they_are_on(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        acme.team("Red", &[], &[]).await;
        let green = acme.team("Green", &[], &[&mia]).await;
        assert_eq!(ids(&mia.get("/v1/teams").await.expect(200).items()), [green, blue]);
        assert_eq!(acme.owner.get("/v1/teams").await.expect(200).items().len(), 3);
    }

    async fn is_not_for_agents_and_shows_keys_what_their_scopes_cover(database: Database) {
        let acme = World::start(database).await;
        acme.team("Blue", &[], &[]).await;
        let tom = acme.agent("Tom").await;
        let problem = tom.get("/v1/teams").await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "teams.view");
        let narrow = acme.integration(&["teams.view"]).await;
        assert!(narrow.get("/v1/teams").await.expect(200).items().is_empty());
        let wide = acme.integration(&["teams.view", "teams.manage"]).await;
        assert_eq!(wide.get("/v1/teams").await.expect(200).items().len(), 1);
    }

    async fn shows_nothing_of_another_organization(database: Database) {
        let acme = World::start(database).await;
        acme.team("Blue", &[], &[]).await;
        let globex = acme.second_organization().await;
        assert!(globex.owner.get("/v1/teams").await.expect(200).items().is_empty());
    }
}
