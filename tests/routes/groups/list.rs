//! `GET /v1/groups`.

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn shows_the_groups_of_the_organization_page_by_page(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        globex.group("Theirs", &[]).await;
        let mut made = Vec::new();
        for name in ["Sales", "Advisors", "Support"] {
            made.push(acme.group(name, &[]).await);
        }
        let mut found = Vec::new();
        let mut path = "/v1/groups?limit=2".to_owned();
        loop {
            let page = acme.owner.get(&path).await.expect(200);
            found.extend(ids(&page.items()));
            if page.json()["next_cursor"].is_null() {
                break;
            }
            path = format!("/v1/groups?limit=2&cursor={}", text(&page.json()["next_cursor"]));
        }
        found.sort();
        made.sort();
        assert_eq!(found, made);
    }

    async fn refuses_parameters_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        let answer = acme.owner.get("/v1/groups?colour=red&cursor=nonsense").await;
        answer.expect_faults(&[("/colour", "unknown_parameter"), ("/cursor", "invalid_cursor")]);
    }
}
