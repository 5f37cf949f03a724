//! The feed of events while transactions overlap: whoever reads on from where they stopped gets each
//! event exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use super::order::at_each;
use crate::support::feed::{Poller, expect_each_once, kinds, numbers, stored};
use crate::support::leads::post_at_once;
use crate::support::session::Session;
use crate::support::world::World;
use crate::support::{both, postgres};

/// Writes an event of this kind within a transaction that stays open.
async fn write(session: &Session, acme: &World, kind: &str) {
    let sql = format!(
        "INSERT INTO events (organization_id, kind, subject_id, at, data) \
         VALUES ('{}', 'lead.{kind}', gen_random_uuid(), 0, '{{}}')",
        acme.id
    );
    session.run(&sql).await;
}

/// Reads all that is there, until nothing of the test's own is outstanding.
async fn read_all(acme: &World, poller: &mut Poller, mut read: Vec<Value>) -> Vec<Value> {
    let count = stored(&acme.database).await.len();
    if read.len() < count {
        read.extend(poller.next(count - read.len()).await);
    }
    read
}

postgres! {
    async fn who_commits_last_of_what_was_written_first_is_not_skipped(database: Database) {
        let acme = World::start(database).await;
        let mut poller = Poller::of(&acme.owner, "limit=2");
        let mut read = read_all(&acme, &mut poller, Vec::new()).await;

        let mut writers = Vec::new();
        for kind in ["first", "second", "third", "fourth"] {
            let session = Session::begin(&acme.database).await;
            write(&session, &acme, kind).await;
            writers.push(session);
        }
        // The last one commits first, and cannot be read before the first one has ended.
        while writers.len() > 1 {
            writers.pop().unwrap().commits().await;
            let more = poller.rest().await;
            assert!(more.is_empty(), "{more:?}");
        }
        writers.pop().unwrap().commits().await;
        let before = read.len();
        read = read_all(&acme, &mut poller, read).await;
        let expected = ["lead.first", "lead.second", "lead.third", "lead.fourth"];
        assert_eq!(kinds(&read[before..]), expected);
        expect_each_once(&acme.database, &read).await;
    }

    async fn a_transaction_that_writes_late_keeps_its_place(database: Database) {
        let acme = World::start(database).await;
        let mut poller = Poller::of(&acme.owner, "limit=2");
        let mut read = read_all(&acme, &mut poller, Vec::new()).await;

        let early = Session::begin(&acme.database).await;
        early.run("SELECT pg_current_xact_id()").await;
        let late = Session::begin(&acme.database).await;
        write(&late, &acme, "of_the_later").await;
        late.commits().await;
        assert!(poller.rest().await.is_empty());
        write(&early, &acme, "of_the_earlier").await;
        assert!(poller.rest().await.is_empty());
        early.commits().await;
        let before = read.len();
        read = read_all(&acme, &mut poller, read).await;
        // In the order of the transactions, which is not that of the numbers.
        assert_eq!(kinds(&read[before..]), ["lead.of_the_earlier", "lead.of_the_later"]);
        let late = numbers(&read[before..]);
        assert!(late[0] > late[1], "{late:?}");
        expect_each_once(&acme.database, &read).await;
    }

    async fn what_is_taken_back_holds_nobody_up(database: Database) {
        let acme = World::start(database).await;
        let mut poller = Poller::of(&acme.owner, "");
        let read = read_all(&acme, &mut poller, Vec::new()).await;
        let one = Session::begin(&acme.database).await;
        write(&one, &acme, "taken_back").await;
        let other = Session::begin(&acme.database).await;
        write(&other, &acme, "kept").await;
        other.commits().await;
        one.lets_go().await;
        let count = read.len();
        let read = read_all(&acme, &mut poller, read).await;
        assert_eq!(kinds(&read[count..]), ["lead.kept"]);
    }

    async fn filters_skip_nothing_either(database: Database) {
        let acme = World::start(database).await;
        let mut poller = Poller::of(&acme.owner, "kind=lead.");
        assert!(poller.rest().await.is_empty());
        let one = Session::begin(&acme.database).await;
        write(&one, &acme, "first").await;
        let other = Session::begin(&acme.database).await;
        write(&other, &acme, "second").await;
        other.commits().await;
        assert!(poller.rest().await.is_empty());
        one.commits().await;
        assert_eq!(kinds(&poller.next(2).await), ["lead.first", "lead.second"]);
    }
}

both! {
    /// On PostgreSQL with two replicas. Each deals to a group of its own, so that their transactions do
    /// not wait for each other.
    async fn a_reader_beside_sixteen_writers_gets_each_event_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let one = acme.group("Sales", &[&tom, &ann]).await;
        let other = acme.group("Service", &[&ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let doors = at_each(&form, &replicas);
        let (first, last) = (&doors[..1], &doors[doors.len() - 1..]);
        let reader = acme.integration(&["events.view"]).await;

        let done = Arc::new(AtomicBool::new(false));
        let reading = {
            let (done, mut poller) = (Arc::clone(&done), Poller::of(&reader, "limit=7"));
            tokio::spawn(async move {
                let (mut read, mut pages) = (Vec::new(), 0);
                while !done.load(Ordering::Relaxed) {
                    let page = poller.page().await;
                    let events = page["data"].as_array().unwrap();
                    pages += usize::from(!events.is_empty());
                    read.extend(events.iter().cloned());
                }
                (poller, read, pages)
            })
        };
        let (of_one, of_other) =
            tokio::join!(post_at_once(first, &one, 400), post_at_once(last, &other, 400));
        assert_eq!(of_one.len() + of_other.len(), 800);
        done.store(true, Ordering::Relaxed);
        let (mut poller, read, pages) = reading.await.unwrap();
        assert!(pages > 10, "it read {pages} pages while they wrote");
        let read = read_all(&acme, &mut poller, read).await;
        expect_each_once(&acme.database, &read).await;
        acme.ends_in_order(replicas).await;
    }
}
