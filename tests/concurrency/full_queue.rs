//! More leads than a lane's queue takes.

use std::future::IntoFuture as _;

use tokio::task::JoinSet;

use super::retrying::post_until_answered;
use crate::support::leads::{
    all_leads_of, expect_all_there, expect_strict_order, fresh_number, lead_for,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::postgres;
use crate::support::session::{Observer, Session};
use crate::support::world::World;

const LEADS: usize = 12;

postgres! {
    async fn what_does_not_fit_is_put_off_and_nothing_is_lost_or_doubled(database: Database) {
        let acme = World::start_with(database, &[("EVENHAND_LANE_QUEUE", "1")]).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let form = acme.integration(&["leads.create"]).await;
        let observer = Observer::of(&acme.database).await;
        let numbers: Vec<usize> = (0..LEADS).map(|_| fresh_number()).collect();

        let somebody = Session::with_table(&acme.database, "leads").await;
        let mut posting = JoinSet::new();
        let mut post = |number: usize| {
            let post = form.post("/v1/leads", lead_for(&group, number));
            posting.spawn(post.idempotency_key(format!("lead-{number}")).into_future());
        };
        post(numbers[0]);
        observer.sees_waiting(1).await;
        numbers[1..].iter().for_each(|number| post(*number));
        // The lane has one, its queue another: the others are told at once.
        for _ in 0..LEADS - 2 {
            let refused = posting.join_next().await.unwrap().unwrap();
            refused.expect_problem(503, "unavailable");
        }
        somebody.lets_go().await;
        for taken in posting.join_all().await {
            if taken.status != 201 {
                // It had waited too long by then.
                taken.expect_problem(503, "unavailable");
            }
        }

        let mut acknowledged = Vec::new();
        for number in numbers {
            acknowledged.push(post_until_answered(&form, &group, number).await);
        }
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), LEADS, "one lead for each key");
        expect_all_there(&acknowledged, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id]);
        expect_sound_ledger(&acme, &group).await;
    }
}
