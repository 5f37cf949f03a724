//! Members come, go and pause while leads pour in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{
    all_leads_of, distribution, expect_all_there, expect_gapless_turns, fresh_number, lead_for,
    owner, per_owner,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

/// Counts the times that one member is certainly in, or certainly out: odd while they are out.
#[derive(Clone, Default)]
struct Absence(Arc<AtomicUsize>);

impl Absence {
    fn number(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn changes(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether they were out from one moment to another, without a break.
    const fn lasted(before: usize, after: usize) -> bool {
        before == after && before % 2 == 1
    }
}

/// Sixteen clients post until they are told to stop; nobody may be dealt to while they are out.
fn post_while_members_change(
    clients: &[Client],
    group: &str,
    absent: &str,
    absence: &Absence,
    stop: &Arc<AtomicBool>,
) -> JoinSet<Vec<Value>> {
    let mut posting = JoinSet::new();
    for client in clients.iter().cycle().take(16) {
        let (client, group, absent) =
            (client.on_a_new_connection(), group.to_owned(), absent.to_owned());
        let (absence, stop) = (absence.clone(), Arc::clone(stop));
        posting.spawn(async move {
            let mut leads = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let before = absence.number();
                let post = client.post("/v1/leads", lead_for(&group, fresh_number()));
                let lead = post.await.expect(201).json();
                if Absence::lasted(before, absence.number()) {
                    assert_ne!(owner(&lead), absent, "dealt to somebody who is out: {lead}");
                }
                leads.push(lead);
            }
            leads
        });
    }
    posting
}

both! {
    async fn no_turn_is_missing_and_nobody_gets_a_lead_while_they_are_paused(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let (absence, stop) = (Absence::default(), Arc::default());
        let clients = at_each(&form, &replicas);
        let posting = post_while_members_change(&clients, &group, &tom.id, &absence, &stop);

        let path = format!("/v1/groups/{group}/members/{}", tom.id);
        for _ in 0..8 {
            acme.owner.patch(&path, json!({"paused": true})).await.expect(200);
            absence.changes();
            let turn = distribution(&acme.owner, &group).await["turn"].as_u64();
            crate::support::wait::eventually("some leads are dealt", || async {
                let now = distribution(&acme.owner, &group).await["turn"].as_u64();
                (now > turn.map(|turn| turn + 10)).then_some(())
            })
            .await;
            absence.changes();
            acme.owner.patch(&path, json!({"paused": false})).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        let answered = posting.join_all().await.concat();
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), answered.len());
        expect_all_there(&answered, &stored);
        expect_gapless_turns(&stored);
        // Those who were never out took turns with each other all along.
        let counts = per_owner(&stored);
        let (anns, bens) = (counts[&ann.id], counts[&ben.id]);
        assert!(anns.abs_diff(bens) <= 1, "{anns} and {bens}");
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }

    async fn no_turn_is_missing_and_nobody_gets_a_lead_after_they_have_left(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let (absence, stop) = (Absence::default(), Arc::default());
        let clients = at_each(&form, &replicas);
        let posting = post_while_members_change(&clients, &group, &tom.id, &absence, &stop);

        let path = format!("/v1/groups/{group}/members");
        for round in 0..8 {
            acme.owner.put(&path, json!({"user_ids": [ann.id, ben.id]})).await.expect(200);
            absence.changes();
            let limits = json!({"distribution": {"daily_limit": 1_000 + round}});
            acme.owner.patch(format!("/v1/groups/{group}"), limits).await.expect(200);
            absence.changes();
            let with_tom = json!({"user_ids": [ann.id, tom.id, ben.id]});
            acme.owner.put(&path, with_tom).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        let answered = posting.join_all().await.concat();
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), answered.len());
        expect_all_there(&answered, &stored);
        expect_gapless_turns(&stored);
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
