//! A replica that stops in the middle of a transaction without ending, as on a machine that hangs.

use std::time::Duration;

use super::order::at_each;
use super::retrying::{self, Progress};
use crate::support::leads::{all_leads_of, expect_all_there, expect_strict_order};
use crate::support::ledger::expect_sound_ledger;
use crate::support::postgres;
use crate::support::session::{Observer, Session};
use crate::support::wait::eventually;
use crate::support::world::World;

const LEADS: usize = 200;

/// How long the others may stand still: until the database gives up on the frozen one's
/// transaction (10 s), and a moment more.
const AT_MOST: Duration = Duration::from_secs(20);

postgres! {
    async fn the_other_goes_on_and_nothing_is_lost_or_doubled(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let observer = Observer::of(&acme.database).await;

        // It is frozen with the rotation locked, while it waits to write its first lead.
        let somebody = Session::with_table(&acme.database, "leads").await;
        let first = retrying::begin(&[(*form).clone()], &group, 1, &Progress::default());
        observer.sees_waiting(1).await;
        acme.server.freeze();
        somebody.lets_go().await;

        let progress = Progress::default();
        let posting = retrying::begin(&at_each(&form, &replicas), &group, LEADS, &progress);
        eventually("the other replica waits for it", || async {
            observer.sees_a_stuck_holder().await.then_some(())
        })
        .await;
        let goes_on = tokio::time::timeout(AT_MOST, progress.reaches(40)).await;
        acme.server.thaw();
        goes_on.expect("the other replica goes on");

        let mut acknowledged = posting.join_all().await.concat();
        acknowledged.extend(first.join_all().await.concat());
        assert_eq!(acknowledged.len(), LEADS + 1);
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), LEADS + 1, "one lead for each key");
        expect_all_there(&acknowledged, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
        drop(observer);
        acme.ends_in_order(replicas).await;
    }
}
