//! `GET /v1/users`.

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn shows_active_and_invited_users(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        acme.invitation("manager", "Mia").await;
        let users = acme.owner.get("/v1/users").await.expect(200).items();
        let mut emails: Vec<String> = users.iter().map(|user| text(&user["email"])).collect();
        emails.sort();
        assert_eq!(emails, ["mia@acme.example", "olivia@acme.example", "tom@acme.example"]);

        let active = acme.owner.get("/v1/users?status=active&role=agent").await.expect(200).items();
        assert_eq!(ids(&active), [tom.id]);
        let invited = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        assert_eq!(invited.len(), 1);
        assert_eq!(invited[0]["role"], "manager");
        assert!(acme.owner.get("/v1/users?status=inactive").await.expect(200).items().is_empty());
    }

    async fn can_be_read_page_by_page(database: Database) {
        let acme = World::start(database).await;
        for name in ["Ann", "Ben", "Cem", "Dee"] {
            acme.invitation("agent", name).await;
        }
        let mut found = Vec::new();
        let mut path = "/v1/users?limit=2".to_owned();
        loop {
            let page = acme.owner.get(&path).await.expect(200);
            assert!(page.items().len() <= 2);
            found.extend(ids(&page.items()));
            match page.json()["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/users?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        let count = found.len();
        found.sort();
        found.dedup();
        assert_eq!((count, found.len()), (5, 5));
    }

    async fn refuses_filters_it_does_not_know(database: Database) {
        let acme = World::start(database).await;
        acme.owner
            .get("/v1/users?shoe_size=42&role=king&status=asleep&limit=0")
            .await
            .expect_faults(&[
                ("/limit", "invalid_value"),
                ("/role", "invalid_value"),
                ("/shoe_size", "unknown_parameter"),
                ("/status", "invalid_value"),
            ]);
    }
}
