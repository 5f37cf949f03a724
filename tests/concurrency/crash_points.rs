//! A server that dies at a chosen point of the transaction that deals.

use std::os::unix::process::ExitStatusExt as _;

use super::order::at_each;
use super::retrying::{self, Progress};
use crate::support::both;
use crate::support::database::Database;
use crate::support::leads::{all_leads_of, distribution, expect_all_there, expect_strict_order};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const LEADS: usize = 200;

/// Sixteen clients post leads and ask until they are answered; a server dies when it passes the
/// point for the fifth time, and is started again. Each lead must be there exactly once, and no
/// turn missing.
async fn survives(database: Database, point: &str) {
    let mut acme = World::start(database).await;
    let replicas = acme.further_replicas().await;
    let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
    let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
    let form = acme.integration(&["leads.create"]).await;
    let fifth_time = format!("{point}:5");
    acme.server.restart_with(&[("EVENHAND_CRASH_AT", &fifth_time)]).await;

    let progress = Progress::default();
    let posting = retrying::begin(&at_each(&form, &replicas), &group, LEADS, &progress);
    let died = acme.server.ended().await;
    assert!(died.signal().is_some(), "it dies at {point}: {died}");
    assert!(progress.answered() < LEADS, "it dies under load");
    acme.server.start_again(&[]).await;

    let acknowledged = posting.join_all().await.concat();
    assert_eq!(acknowledged.len(), LEADS);
    let stored = all_leads_of(&acme.owner, &group).await;
    assert_eq!(stored.len(), LEADS, "one lead for each key");
    expect_all_there(&acknowledged, &stored);
    expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
    assert_eq!(distribution(&acme.owner, &group).await["turn"], LEADS);
    expect_sound_ledger(&acme, &group).await;
    acme.ends_in_order(replicas).await;
}

both! {
    async fn with_the_rotation_locked(database: Database) {
        survives(database, "deal.locked").await;
    }

    async fn with_everything_written_and_nothing_committed(database: Database) {
        survives(database, "deal.written").await;
    }

    async fn with_everything_committed_and_nothing_answered(database: Database) {
        survives(database, "deal.committed").await;
    }
}
