//! Requests for many leads: beside each other, and on a server that dies in the middle of one.

use std::future::IntoFuture as _;
use std::ops::RangeInclusive;
use std::os::unix::process::ExitStatusExt as _;

use futures_util::future::join_all;
use serde_json::Value;

use super::order::at_each;
use crate::support::both;
use crate::support::database::Database;
use crate::support::leads::{
    all_added, all_leads_of, batch, distribution, expect_all_there, expect_strict_order,
    fresh_leads_for, post_at_once, turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::wait::eventually;
use crate::support::world::World;

const PATH: &str = "/v1/leads/batch";
const LEADS: usize = 500;

/// A server dies at the point while it adds many leads, is started again, and is asked for the same
/// again. Each must be there exactly once, in the order of the request.
async fn survives(database: Database, mode: &str, point: &str, survive: RangeInclusive<usize>) {
    let mut acme = World::start(database).await;
    let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
    let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
    let form = acme.integration(&["leads.create"]).await;
    acme.server.restart_with(&[("EVENHAND_CRASH_AT", point)]).await;

    let body = batch(mode, &fresh_leads_for(&group, LEADS));
    let post = || form.on_a_new_connection().post(PATH, body.clone()).idempotency_key("import-17");
    let lost = post().try_send().await;
    assert!(lost.is_err(), "it dies before it answers");
    let died = acme.server.ended().await;
    assert!(died.signal().is_some(), "it dies at {point}: {died}");
    acme.server.start_again(&[]).await;
    let stored = all_leads_of(&acme.owner, &group).await;
    let survived = stored.len();
    assert!(survive.contains(&survived), "{survived} are there before it is asked again");

    let answer = post().await.expect(200);
    let replayed = answer.header("idempotency-replayed") == "true";
    assert_eq!(replayed, survived == LEADS, "said to be told again where nothing was missing");
    let added = all_added(&answer.json());
    for (index, lead) in added.iter().enumerate() {
        assert_eq!(turn(lead), index + 1, "in the order of the request");
    }
    let stored = all_leads_of(&acme.owner, &group).await;
    assert_eq!(stored.len(), LEADS, "each is there once");
    expect_all_there(&added, &stored);
    expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
    expect_sound_ledger(&acme, &group).await;
    let again = post().await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(all_added(&again.json()), added);
}

both! {
    async fn each_on_its_own_with_the_fourth_transaction_committed(database: Database) {
        survives(database, "partial", "deal.committed:4", 4..=LEADS - 1).await;
    }

    async fn each_on_its_own_with_the_fourth_transaction_written(database: Database) {
        survives(database, "partial", "deal.written:4", 3..=LEADS - 1).await;
    }

    async fn all_or_none_written_and_not_committed(database: Database) {
        survives(database, "atomic", "deal.written:1", 0..=0).await;
    }

    async fn all_or_none_committed_and_not_answered(database: Database) {
        survives(database, "atomic", "deal.committed:1", LEADS..=LEADS).await;
    }

    /// On PostgreSQL on two replicas, on SQLite on one.
    async fn killed_again_and_again_each_lead_is_there_once(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let body = batch("partial", &fresh_leads_for(&group, 1_000));
        let post = || form.on_a_new_connection().post(PATH, body.clone()).idempotency_key("import");

        let mut killed = 0;
        for turns in [1, 200, 500] {
            let asking = tokio::spawn(post().try_send());
            eventually("some of it is done", || async {
                let state = distribution(&acme.owner, &group).await;
                (state["turn"].as_u64().unwrap() >= turns).then_some(())
            })
            .await;
            acme.server.kill().await;
            killed += usize::from(asking.await.unwrap().is_err());
            acme.server.start_again(&[]).await;
        }
        assert!(killed > 0, "it was killed in the middle");
        let mut doors = at_each(&form, &replicas).into_iter().cycle();
        let added = eventually("all of it is done", || {
            let post = doors.next().unwrap().on_a_new_connection().post(PATH, body.clone());
            async {
                let answer = post.idempotency_key("import").await.expect(200).json();
                (answer["failed"] == 0).then_some(answer)
            }
        });
        let added = all_added(&added.await);
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 1_000, "each is there once");
        expect_all_there(&added, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
        for replica in &mut replicas {
            replica.kill().await;
            replica.start_again(&[]).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn many_at_once_are_dealt_strictly_in_turn(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let doors = at_each(&form, &replicas);
        let batches = ["partial", "atomic", "atomic", "partial"].into_iter().enumerate();
        let batches = batches.map(|(number, mode)| {
            let door = doors[number % doors.len()].on_a_new_connection();
            let body = batch(mode, &fresh_leads_for(&group, 200));
            door.post(PATH, body).into_future()
        });
        let (batches, singles) =
            tokio::join!(join_all(batches), post_at_once(&doors, &group, 100));
        let mut added: Vec<Value> = singles;
        for answer in batches {
            let leads = all_added(&answer.expect(200).json());
            let turns: Vec<usize> = leads.iter().map(turn).collect();
            assert!(turns.is_sorted(), "in the order of the request: {turns:?}");
            added.extend(leads);
        }
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 900);
        expect_all_there(&added, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
