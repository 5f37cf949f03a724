//! What must hold once everything has come to rest.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::deliveries::Deliveries;
use super::stage::{Rotation, Stage};
use crate::support::answer::{ids, text};
use crate::support::client::Client;
use crate::support::ledger::expect_sound;
use crate::support::off_boarding::history;
use crate::support::wait::eventually;
use crate::support::world::World;

/// Waits until nothing is left to be done by the service itself: nobody's leads are still being
/// moved, and no lead waits that somebody could take.
pub(super) async fn until_at_rest(acme: &World, stage: &Stage) {
    for leaver in stage.agents.iter().filter(|agent| agent.leaves) {
        let path = format!("/v1/users/{}/deactivation", leaver.id);
        eventually("every lead of who left is moved", || async {
            let latest = acme.owner.get(&path).await;
            (latest.status == 404 || latest.expect(200).json()["status"] != "running").then_some(())
        })
        .await;
    }
    for rotation in &stage.rotations {
        eventually("every lead is dealt that waits and can be", || async {
            let nobody_waits = waiting(&acme.owner, rotation).await.is_empty();
            let nobody_can = rotation.state(&acme.owner).await["reason"].is_string();
            (nobody_waits || nobody_can).then_some(())
        })
        .await;
    }
}

/// Everything that must hold.
pub(super) async fn expect_all_is_well(acme: &World, stage: &Stage) {
    let leads = every_page(&acme.owner, "/v1/leads?limit=100").await;
    expect_each_once(stage, &leads);
    expect_each_waits_once(acme, stage, &leads).await;
    let mut ledgers = Vec::new();
    for rotation in &stage.rotations {
        ledgers.push((rotation, expect_sound_rotation(acme, stage, rotation, &leads).await));
    }
    expect_nothing_dealt_to_who_left(acme, &leads, &ledgers).await;
    let acknowledged = stage.acknowledged.lock().unwrap().clone();
    // The chain from one owner to the next, to the present one.
    let histories = stream::iter(&acknowledged).map(|lead| history(&acme.owner, lead));
    let histories: Vec<Vec<Value>> = histories.buffered(8).collect().await;
    for (lead, history) in acknowledged.iter().zip(&histories) {
        expect_begun_as_acknowledged(lead, history.last().unwrap());
    }
    let ledgers: Vec<&Deliveries> = ledgers.iter().map(|(_, deliveries)| deliveries).collect();
    expect_much_happened(&ledgers, &histories.concat());
}

/// The first decision on a lead is the one that its client was told.
fn expect_begun_as_acknowledged(lead: &Value, first: &Value) {
    let told = &lead["assignment"];
    assert_eq!((&first["from"], &first["to"]), (&Value::Null, &lead["owner"]), "{lead}\n{first}");
    for what in ["id", "source", "reason", "turn", "ledger_hash"] {
        assert_eq!(first[what], told[what], "{what}: {lead}\n{first}");
    }
}

/// Nothing is shown by a history in which nothing happened.
fn expect_much_happened(ledgers: &[&Deliveries], steps: &[Value]) {
    let turns: u64 = ledgers.iter().map(|ledger| ledger.turns).sum();
    let last_allowed: u64 = ledgers.iter().map(|ledger| ledger.last_allowed).sum();
    let count = |what: &dyn Fn(&Value) -> bool| steps.iter().filter(|step| what(step)).count();
    let waited = count(&|step| step["reason"] == "others_waiting");
    let passed_on = count(&|step| step["passed_on"] != json!([]));
    let by_hand = ["manual", "transfer", "pick_up"].map(|source| json!(source));
    let by_hand = count(&|step| by_hand.contains(&step["source"]));
    let off_boarded = count(&|step| step["source"] == "off_boarding");
    let all = [waited, passed_on, by_hand, off_boarded];
    assert!(turns > 50 && last_allowed > 0 && !all.contains(&0), "{turns} {last_allowed} {all:?}");
}

/// What was acknowledged is there, as the same lead, and nothing else is.
fn expect_each_once(stage: &Stage, leads: &[Value]) {
    let by_name = |leads: &[Value]| -> BTreeMap<String, String> {
        leads.iter().map(|lead| (text(&lead["external_id"]), text(&lead["id"]))).collect()
    };
    let acknowledged = stage.acknowledged.lock().unwrap();
    let (posted, stored) = (by_name(&acknowledged), by_name(leads));
    assert_eq!(posted.len(), acknowledged.len(), "each name is posted once");
    assert_eq!(stored.len(), leads.len(), "a lead is there twice");
    assert_eq!(stored, posted, "another lead than those that were acknowledged");
}

/// Who waits is on one list, once, and nobody's; and who is said to wait does.
async fn expect_each_waits_once(acme: &World, stage: &Stage, leads: &[Value]) {
    let mut on_lists = Vec::new();
    for rotation in &stage.rotations {
        for entry in waiting(&acme.owner, rotation).await {
            on_lists.push(text(&entry["lead_id"]));
        }
    }
    let once: BTreeSet<&String> = on_lists.iter().collect();
    assert_eq!(once.len(), on_lists.len(), "a lead waits twice: {on_lists:?}");
    for lead in leads {
        let waits = once.contains(&text(&lead["id"]));
        assert_eq!(lead["assignment"]["outcome"] == "waiting", waits, "on a list: {waits}: {lead}");
        assert!(!waits || lead["owner"].is_null(), "waits with an owner: {lead}");
    }
}

/// By the service's own verification against every receipt that was given out, by a replay, and by
/// its export alone.
async fn expect_sound_rotation(
    acme: &World,
    stage: &Stage,
    rotation: &Rotation,
    leads: &[Value],
) -> Deliveries {
    let state = rotation.state(&acme.owner).await;
    let receipts = receipts(stage, &state["rotation_id"]);
    // No more than are taken at once; the export is compared with all of them.
    let body = json!({"receipts": receipts.iter().take(100).collect::<Vec<_>>()});
    let verify = acme.owner.post(rotation.of("/distribution/verify"), body);
    let told = verify.await.expect(200).json();
    let export = acme.owner.get(rotation.of("/distribution/ledger.ndjson")).await.expect(200);
    let ledger = String::from_utf8_lossy(&export.bytes);
    assert_eq!(told["valid"], true, "{told}\n{ledger}");
    expect_sound(acme, &acme.id, &state, leads).await;
    let deliveries = Deliveries::of(&export.bytes);
    assert_eq!(state["entry"], deliveries.entries.len(), "the export is all of it: {state}");
    for receipt in &receipts {
        assert!(deliveries.entries.contains_key(&text(&receipt["hash"])), "lost: {receipt}");
    }
    deliveries
}

/// The receipts that came with the leads of a rotation.
fn receipts(stage: &Stage, rotation: &Value) -> Vec<Value> {
    let acknowledged = stage.acknowledged.lock().unwrap();
    let decided = acknowledged.iter().map(|lead| (&lead["id"], &lead["assignment"]));
    decided
        .filter(|(_, told)| told["rotation_id"] == *rotation && told["ledger_hash"].is_string())
        .map(|(id, told)| json!({"lead_id": id, "hash": told["ledger_hash"]}))
        .collect()
}

/// Whoever is inactive is in no rotation, and has no lead by a turn later than their leaving.
async fn expect_nothing_dealt_to_who_left(
    acme: &World,
    leads: &[Value],
    ledgers: &[(&Rotation, Deliveries)],
) {
    let inactive = ids(&every_page(&acme.owner, "/v1/users?limit=100&status=inactive").await);
    for (rotation, deliveries) in ledgers {
        for user in &inactive {
            assert!(!deliveries.members.contains_key(user), "{user} is dealt to: {}", rotation.id);
        }
        for lead in leads.iter().filter(|lead| !lead["assignment"]["turn"].is_null()) {
            let Some(owner) = lead["owner"]["id"].as_str() else { continue };
            let entry = deliveries.entries.get(&text(&lead["assignment"]["ledger_hash"]));
            if let Some(entry) = entry.filter(|_| inactive.iter().any(|user| user == owner)) {
                assert!(*entry < deliveries.left[owner], "dealt to who has left: {lead}");
            }
        }
    }
}

async fn waiting(client: &Client, rotation: &Rotation) -> Vec<Value> {
    every_page(client, &rotation.of("/distribution/waiting?limit=100")).await
}

async fn every_page(client: &Client, first: &str) -> Vec<Value> {
    let (mut path, mut found) = (first.to_owned(), Vec::new());
    loop {
        let page = client.get(&path).await.expect(200);
        found.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => return found,
        }
    }
}
