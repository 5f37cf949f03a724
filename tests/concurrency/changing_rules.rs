//! Rules, and groups behind them, change while leads come in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::fresh_number;
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

/// Posts leads until `over`; each with the version of the rule that was acknowledged before.
async fn post_until(over: Arc<AtomicBool>, known: Arc<AtomicI64>, client: Client) -> Vec<Value> {
    let mut leads = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let acknowledged = known.load(Ordering::SeqCst);
        let body = json!({
            "first_name": "Lee", "email": format!("lee{}@x.example", fresh_number()),
        });
        let lead = client.post("/v1/leads", body).await.expect(201).json();
        let version = lead["rule"]["version"].as_i64();
        assert!(version >= Some(acknowledged), "older than {acknowledged}: {lead}");
        leads.push(lead);
    }
    leads
}

both! {
    /// Eight clients, on PostgreSQL at two replicas that each remember the rules. Every lead is where
    /// its rule sent leads in the version that it tells, no lead meets a version that was replaced
    /// before it was posted, and none is lost to a group that was archived meanwhile.
    async fn every_lead_is_where_its_rule_said_then(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;
        let mut group = acme.group("Round 0", &[&tom, &ann]).await;
        let rule = json!({"name": "All", "conditions": {"all": []}, "target": {"group_id": group}});
        let rule = acme.owner.post("/v1/routing-rules", rule).await.expect(201).json();
        let path = format!("/v1/routing-rules/{}", text(&rule["id"]));

        let (over, known) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(1)));
        let mut posting = JoinSet::new();
        for client in at_each(&form, &replicas).iter().cycle().take(8) {
            let client = client.on_a_new_connection();
            posting.spawn(post_until(Arc::clone(&over), Arc::clone(&known), client));
        }
        let mut targets = BTreeMap::from([(1, group.clone())]);
        for round in 1..=12_i64 {
            let next = acme.group(&format!("Round {round}"), &[&tom, &ann]).await;
            let change = json!({"target": {"group_id": next}});
            let changed = acme.owner.patch(&path, change).await.expect(200).json();
            known.store(round + 1, Ordering::SeqCst);
            assert_eq!(changed["version"], round + 1);
            targets.insert(round + 1, next.clone());
            acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
            group = next;
        }
        over.store(true, Ordering::SeqCst);
        let leads = posting.join_all().await.concat();
        assert!(leads.len() > 12, "{} leads", leads.len());
        for lead in &leads {
            let version = lead["rule"]["version"].as_i64().unwrap();
            assert_eq!(lead["rule"]["id"], rule["id"]);
            assert_eq!(lead["group_id"], targets[&version], "{lead}");
            assert!(lead["assignment"]["turn"].is_u64(), "{lead}");
        }
        let stored = acme.owner.get("/v1/leads?limit=100").await.expect(200).items();
        for lead in &stored {
            let version = lead["rule"]["version"].as_i64().unwrap();
            assert_eq!(lead["group_id"], targets[&version], "{lead}");
        }
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
