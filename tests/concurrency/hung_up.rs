//! A client that hangs up while its lead waits for its turn in a lane.

use std::future::IntoFuture as _;

use crate::support::leads::{all_leads_of, expect_gapless_turns, fresh_number, lead_for};
use crate::support::ledger::expect_sound_ledger;
use crate::support::postgres;
use crate::support::session::{Observer, Session};
use crate::support::world::World;

postgres! {
    /// The lane has begun a transaction for it by then, while the one before committed.
    async fn what_was_begun_for_it_ends(database: Database) {
        let acme = World::start_with(database, &[("EVENHAND_LANE_QUEUE", "1")]).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let observer = Observer::of(&acme.database).await;
        let post = || {
            let post = form.on_a_new_connection().post("/v1/leads", lead_for(&group, fresh_number()));
            tokio::spawn(post.into_future())
        };

        for _ in 0..5 {
            let somebody = Session::with_rotation(&acme.database, &group).await;
            let first = post();
            observer.sees_waiting(1).await;
            // One of these is in the queue when the other is refused.
            let (mut one, mut other) = (post(), post());
            let (refused, queued) = tokio::select! {
                refused = &mut one => (refused, other),
                refused = &mut other => (refused, one),
            };
            refused.unwrap().expect_problem(503, "unavailable");
            queued.abort();
            somebody.lets_go().await;
            first.await.unwrap().expect(201);
            observer.sees_no_idle_transaction().await;
        }
        let stored = all_leads_of(&acme.owner, &group).await;
        assert!((5..=10).contains(&stored.len()), "{} of 5 to 10", stored.len());
        expect_gapless_turns(&stored);
        expect_sound_ledger(&acme, &group).await;
    }
}
