//! Servers killed under load, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::order::at_each;
use super::retrying::{self, Progress};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{
    all_leads_of, distribution, expect_all_there, expect_strict_order, fresh_number, lead_for, turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::wait::eventually;
use crate::support::world::World;

/// Sixteen clients that post new leads until they are told to stop, whatever happens in between,
/// and pass on what was acknowledged.
struct Load {
    acknowledged: mpsc::UnboundedReceiver<Value>,
    leads: Vec<Value>,
    stop: Arc<AtomicBool>,
    posting: JoinSet<()>,
}

impl Load {
    fn begin(clients: &[Client], group: &str) -> Self {
        let (acknowledge, acknowledged) = mpsc::unbounded_channel();
        let stop = Arc::new(AtomicBool::new(false));
        let mut posting = JoinSet::new();
        for client in clients.iter().cycle().take(16) {
            let (client, group) = (client.clone(), group.to_owned());
            let (acknowledge, stop) = (acknowledge.clone(), Arc::clone(&stop));
            posting.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let lead = eventually("some server takes a lead", || async {
                        let client = client.on_a_new_connection();
                        let post = client.post("/v1/leads", lead_for(&group, fresh_number()));
                        let answer = post.try_send().await.ok()?;
                        match answer.status.as_u16() {
                            201 => Some(answer.json()),
                            503 => None,
                            _ => panic!("neither taken nor put off: {answer}"),
                        }
                    });
                    acknowledge.send(lead.await).unwrap();
                }
            });
        }
        Self { acknowledged, leads: Vec::new(), stop, posting }
    }

    /// Waits until this many more leads are acknowledged.
    async fn goes_on_for(&mut self, more: usize) {
        let target = self.leads.len() + more;
        while self.leads.len() < target {
            self.leads.push(self.acknowledged.recv().await.expect("clients that post"));
        }
    }

    /// Everything that was acknowledged.
    async fn ends(mut self) -> Vec<Value> {
        self.stop.store(true, Ordering::Relaxed);
        self.posting.join_all().await;
        while let Some(lead) = self.acknowledged.recv().await {
            self.leads.push(lead);
        }
        self.leads
    }
}

both! {
    async fn nothing_acknowledged_is_lost_and_no_turn_skipped(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;

        let mut load = Load::begin(&at_each(&form, &replicas), &group);
        for _ in 0..4 {
            load.goes_on_for(40).await;
            acme.server.kill().await;
            if !replicas.is_empty() {
                // The other replica goes on meanwhile.
                load.goes_on_for(20).await;
            }
            acme.server.start_again(&[]).await;
            for replica in &mut replicas {
                load.goes_on_for(20).await;
                replica.kill().await;
                replica.start_again(&[]).await;
            }
        }
        load.goes_on_for(40).await;
        let acknowledged = load.ends().await;
        assert!(acknowledged.len() >= 200, "only {} were acknowledged", acknowledged.len());

        let stored = all_leads_of(&acme.owner, &group).await;
        expect_all_there(&acknowledged, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        let last = stored.iter().map(turn).max();
        assert_eq!(distribution(&acme.owner, &group).await["turn"], last.unwrap());
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }

    async fn who_asks_until_answered_has_each_lead_exactly_once(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;

        let progress = Progress::default();
        let posting = retrying::begin(&at_each(&form, &replicas), &group, 300, &progress);
        for round in 1..=3 {
            progress.reaches(round * 60).await;
            acme.server.kill().await;
            acme.server.start_again(&[]).await;
            for replica in &mut replicas {
                replica.kill().await;
                replica.start_again(&[]).await;
            }
        }
        let acknowledged = posting.join_all().await.concat();
        assert_eq!(acknowledged.len(), 300);
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 300, "one lead for each key");
        expect_all_there(&acknowledged, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
