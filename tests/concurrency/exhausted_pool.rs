//! Every connection to the database is taken, and whoever holds one waits for somebody else.

use std::future::IntoFuture as _;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::postgres;
use crate::support::session::{Observer, Session};
use crate::support::world::World;

postgres! {
    async fn who_finds_none_is_told_to_come_back_and_all_is_well_afterwards(database: Database) {
        let pool = [("EVENHAND_DATABASE_CONNECTIONS", "2"), ("EVENHAND_DATABASE_WAIT", "300ms")];
        let acme = World::start_with(database, &pool).await;
        let form = acme.integration(&["leads.create"]).await;
        let observer = Observer::of(&acme.database).await;
        let post = || {
            form.post("/v1/leads", json!({"first_name": "Lee"})).idempotency_key("once").into_future()
        };

        let somebody = Session::with_table(&acme.database, "leads").await;
        let readers: Vec<_> = (0..2)
            .map(|_| tokio::spawn(acme.owner.get("/v1/leads").into_future()))
            .collect();
        observer.sees_waiting(2).await;
        // Also what needs nothing of that table finds no connection.
        let me = (0..4).map(|_| acme.owner.get("/v1/me").into_future());
        for answer in join_all(me).await {
            answer.expect_problem(503, "unavailable");
        }
        post().await.expect_problem(503, "unavailable");
        acme.anonymous().get("/readyz").await.expect_problem(503, "unavailable");
        acme.anonymous().get("/livez").await.expect(200);
        somebody.lets_go().await;

        for reader in readers {
            // Those who had one were served in the end, unless they had waited too long.
            let answer = reader.await.unwrap();
            if answer.status != 200 {
                answer.expect_problem(503, "unavailable");
            }
        }
        acme.owner.get("/v1/me").await.expect(200);
        acme.anonymous().get("/readyz").await.expect(200);
        post().await.expect(201);
        let leads = acme.owner.get("/v1/leads").await.expect(200).items();
        assert_eq!(leads.len(), 1, "what was refused was not stored: {leads:?}");
    }

    async fn who_waits_too_long_for_a_lock_is_told_to_come_back(database: Database) {
        let acme = World::start(database).await;
        let somebody = Session::with_table(&acme.database, "leads").await;
        let get = acme.owner.get("/v1/leads").into_future();
        let answer = crate::support::wait::in_time("an answer", get).await;
        answer.expect_problem(503, "unavailable");
        somebody.lets_go().await;
        acme.owner.get("/v1/leads").await.expect(200);
    }
}
