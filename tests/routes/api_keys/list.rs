//! `GET /v1/api-keys`.

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::time::expect_instant;
use crate::support::wait::eventually;
use crate::support::world::World;

both! {
    async fn shows_the_newest_first_and_revoked_ones_too(database: Database) {
        let acme = World::start(database).await;
        let first = acme.integration(&["leads.create"]).await;
        let second = acme.integration(&["leads.view"]).await;
        acme.owner.delete(format!("/v1/api-keys/{}", first.id)).await.expect(204);
        let answer = acme.owner.get("/v1/api-keys").await.expect(200);
        let keys = answer.items();
        assert_eq!(ids(&keys), [second.id, first.id]);
        assert!(keys[0]["revoked_at"].is_null());
        expect_instant(&text(&keys[1]["revoked_at"]));
        for secret in [first.key, second.key] {
            assert!(
                !String::from_utf8_lossy(&answer.bytes).contains(&secret),
                "no key is shown again"
            );
        }
    }

    async fn can_be_read_page_by_page(database: Database) {
        let acme = World::start(database).await;
        let mut made = Vec::new();
        for _ in 0..3 {
            made.push(acme.integration(&["leads.create"]).await.id);
        }
        made.reverse();
        let first = acme.owner.get("/v1/api-keys?limit=2").await.expect(200);
        assert_eq!(ids(&first.items()), made[..2]);
        let cursor = text(&first.json()["next_cursor"]);
        let second =
            acme.owner.get(format!("/v1/api-keys?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!(ids(&second.items()), made[2..]);
        assert!(second.json()["next_cursor"].is_null());
    }

    async fn tells_when_a_key_was_last_used(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.view"]).await;
        let path = format!("/v1/api-keys/{}", form.id);
        assert!(acme.owner.get(&path).await.expect(200).json()["last_used_at"].is_null());
        form.get("/v1/leads").await.expect(200);
        let used = eventually("the use is recorded", || async {
            let key = acme.owner.get(&path).await.expect(200).json();
            key["last_used_at"].as_str().map(str::to_owned)
        })
        .await;
        expect_instant(&used);
    }
}
