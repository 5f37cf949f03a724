//! A replica that stops in the middle of a transaction without ending, as on a machine that hangs.

use std::time::Duration;

use super::order::at_each;
use super::retrying::{self, Progress};
use crate::support::leads::{all_leads_of, expect_all_there, expect_strict_order};
use crate::support::ledger::expect_sound_ledger;
use crate::support::postgres;
use crate::support::session::Observer;
use crate::support::wait::eventually;
use crate::support::world::World;

const LEADS: usize = 600;

/// How long the others may stand still: until the database gives up on the frozen one's
/// transaction (10 s), and a moment more.
const AT_MOST: Duration = Duration::from_secs(20);

/// Freezes the world's own server while it holds what the other one waits for.
async fn freeze_it_while_it_holds_a_lock(acme: &World, observer: &Observer, progress: &Progress) {
    loop {
        acme.server.freeze();
        let frozen_at = progress.answered();
        let holds = eventually("the frozen server is in the way, or is not", || async {
            if observer.sees_a_stuck_holder().await {
                return Some(true);
            }
            // More than what was under way at that moment.
            (progress.answered() > frozen_at + 32).then_some(false)
        });
        if holds.await {
            return;
        }
        acme.server.thaw();
        assert!(progress.answered() < LEADS / 2, "it never froze at the right moment");
    }
}

postgres! {
    async fn the_other_goes_on_and_nothing_is_lost_or_doubled(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let observer = Observer::of(&acme.database).await;

        let progress = Progress::default();
        let posting = retrying::begin(&at_each(&form, &replicas), &group, LEADS, &progress);
        progress.reaches(16).await;
        freeze_it_while_it_holds_a_lock(&acme, &observer, &progress).await;
        let stuck_at = progress.answered();
        tokio::time::timeout(AT_MOST, progress.reaches(stuck_at + 40))
            .await
            .expect("the other replica goes on");
        acme.server.thaw();

        let acknowledged = posting.join_all().await.concat();
        assert_eq!(acknowledged.len(), LEADS);
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), LEADS, "one lead for each key");
        expect_all_there(&acknowledged, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
        drop(observer);
        acme.ends_in_order(replicas).await;
    }
}
