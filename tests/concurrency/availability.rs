//! Working hours change while leads pour in and members come and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::availability::{dealt, respect_availability};
use crate::support::both;
use crate::support::leads::{
    all_leads_of, expect_all_there, expect_gapless_turns, fresh_number, lead_for,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

both! {
    /// Whichever server was told and whichever deals: from the answer on it holds.
    async fn what_is_set_at_one_server_holds_at_the_other_at_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        respect_availability(&acme, &group, true).await;
        let owners = at_each(&acme.owner, &replicas);
        let (told, deals) = (&owners[0], &owners[owners.len() - 1]);
        let stop: Arc<AtomicBool> = Arc::default();
        let mut others = JoinSet::new();
        for client in owners.iter().cycle().take(4) {
            let (client, stop, group) =
                (client.on_a_new_connection(), Arc::clone(&stop), group.clone());
            others.spawn(async move {
                let mut leads = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let lead = client.post("/v1/leads", lead_for(&group, fresh_number()));
                    leads.push(lead.await.expect(201).json());
                }
                leads
            });
        }
        let (owner, on, members) =
            (deals.on_a_new_connection(), Arc::clone(&stop), format!("/v1/groups/{group}/members"));
        let [forth, back] = [json!([tom.id, ann.id]), json!([ann.id, tom.id])];
        let moving = tokio::spawn(async move {
            while !on.load(Ordering::Relaxed) {
                for order in [&forth, &back] {
                    owner.put(&members, json!({"user_ids": order})).await.expect(200);
                }
            }
        });
        let path = format!("/v1/users/{}/availability", tom.id);
        for _ in 0..8 {
            let never = json!({"time_zone": "Europe/London", "weekly": []});
            told.put(&path, never).await.expect(200);
            for _ in 0..3 {
                assert_eq!(dealt(deals, &group).await.as_ref(), Some(&ann.id));
            }
            let all_days = json!({"time_zone": "Europe/London"});
            told.put(&path, all_days).await.expect(200);
            let holiday = json!({"holidays": [{"date": "2199-01-01"}]});
            told.put("/v1/organization/holidays", holiday).await.expect(200);
            told.put("/v1/organization/holidays", json!({"holidays": []})).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        moving.await.unwrap();
        let answered = others.join_all().await.concat();
        let stored = all_leads_of(&acme.owner, &group).await;
        expect_all_there(&answered, &stored);
        expect_gapless_turns(&stored);
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }

    /// Whoever comes first: who joins while their hours are being set is dealt to by those hours.
    async fn who_joins_meanwhile_is_not_dealt_to_by_outdated_hours(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let owners = at_each(&acme.owner, &replicas);
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        respect_availability(&acme, &group, true).await;
        let members = format!("/v1/groups/{group}/members");
        let hours = format!("/v1/users/{}/availability", tom.id);
        for _ in 0..6 {
            let mut changes = JoinSet::new();
            let (one, other) = (owners[0].on_a_new_connection(), owners[owners.len() - 1].clone());
            let never = json!({"time_zone": "Europe/London", "weekly": []});
            let (path, lead) = (hours.clone(), lead_for(&group, fresh_number()));
            changes.spawn(async move { one.put(path, never).await.expect(200) });
            let (path, both) = (members.clone(), json!({"user_ids": [tom.id, ann.id]}));
            changes.spawn(async move {
                other.put(path, both).await.expect(200);
                other.post("/v1/leads", lead).await.expect(201)
            });
            changes.join_all().await;
            for _ in 0..2 {
                assert_eq!(dealt(&acme.owner, &group).await.as_ref(), Some(&ann.id));
            }
            acme.owner.put(&members, json!({"user_ids": [ann.id]})).await.expect(200);
            acme.owner.delete(&hours).await.expect(204);
        }
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
