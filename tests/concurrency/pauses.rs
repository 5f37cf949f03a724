//! People are paused everywhere while groups change, and time zones while leads pour in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::both;
use crate::support::leads::{
    all_leads_of, distribution, expect_all_there, expect_gapless_turns, fresh_number, lead_for,
    post_in_turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::wait::eventually;
use crate::support::world::World;

both! {
    /// Whoever comes first: who is paused is away in every rotation they are in, and nobody waits
    /// for each other in a circle.
    async fn somebody_who_joins_while_being_paused_is_away_everywhere(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let owners = at_each(&acme.owner, &replicas);
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mut groups = Vec::new();
        for name in ["Sales", "Service", "Support"] {
            groups.push(acme.group(name, &[&ann]).await);
        }
        let pause = format!("/v1/users/{}/pause", tom.id);
        for round in 0..6 {
            let mut changes = JoinSet::new();
            for (index, group) in groups.iter().enumerate() {
                let owner = owners[index % owners.len()].on_a_new_connection();
                let path = format!("/v1/groups/{group}/members");
                let members = if round % 2 == 0 {
                    json!({"user_ids": [tom.id, ann.id]})
                } else {
                    json!({"user_ids": [ann.id]})
                };
                changes.spawn(async move { owner.put(path, members).await.expect(200) });
            }
            for owner in &owners {
                let (owner, pause) = (owner.on_a_new_connection(), pause.clone());
                if round % 3 == 2 {
                    changes.spawn(async move { owner.delete(pause).await.expect(204) });
                } else {
                    changes.spawn(async move { owner.put(pause, json!({})).await.expect(200) });
                }
            }
            changes.join_all().await;
            let user = acme.owner.get(format!("/v1/users/{}", tom.id)).await.expect(200).json();
            for group in &groups {
                let path = format!("/v1/groups/{group}/members");
                for member in acme.owner.get(path).await.expect(200).items() {
                    let away = member["user"]["id"] == tom.id && user["paused"] == true;
                    assert_eq!(member["away"].is_object(), away, "{member}");
                }
            }
        }
        for group in &groups {
            post_in_turn(&acme.owner, group, 2).await;
            expect_sound_ledger(&acme, group).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn no_turn_is_lost_while_the_time_zone_changes(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let groups = [
            acme.group("Sales", &[&tom, &ann, &ben]).await,
            acme.group("Service", &[&ben, &ann]).await,
        ];
        let form = acme.integration(&["leads.create"]).await;
        let stop: Arc<AtomicBool> = Arc::default();
        let mut posting = JoinSet::new();
        for (number, client) in at_each(&form, &replicas).iter().cycle().take(8).enumerate() {
            let (client, stop) = (client.on_a_new_connection(), Arc::clone(&stop));
            let group = groups[number % 2].clone();
            posting.spawn(async move {
                let mut leads = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let lead = client.post("/v1/leads", lead_for(&group, fresh_number()));
                    leads.push(lead.await.expect(201).json());
                }
                leads
            });
        }
        // Groups that are made meanwhile begin in the zone of their time.
        for zone in ["Asia/Tokyo", "Pacific/Honolulu", "Europe/London", "Pacific/Kiritimati"] {
            let owner = acme.owner.on_a_new_connection();
            let made = tokio::spawn(async move {
                let body = json!({"name": zone, "user_ids": []});
                owner.post("/v1/groups", body).await.expect(201)
            });
            acme.owner.patch("/v1/organization", json!({"time_zone": zone})).await.expect(200);
            made.await.unwrap();
            let turn = distribution(&acme.owner, &groups[0]).await["turn"].as_u64();
            eventually("some leads are dealt", || async {
                let now = distribution(&acme.owner, &groups[0]).await["turn"].as_u64();
                (now > turn.map(|turn| turn + 10)).then_some(())
            })
            .await;
        }
        stop.store(true, Ordering::Relaxed);
        let answered = posting.join_all().await.concat();
        for group in &groups {
            let stored = all_leads_of(&acme.owner, group).await;
            let theirs: Vec<_> =
                answered.iter().filter(|lead| lead["group_id"] == **group).cloned().collect();
            assert_eq!(stored.len(), theirs.len());
            expect_all_there(&theirs, &stored);
            expect_gapless_turns(&stored);
            expect_sound_ledger(&acme, group).await;
        }
        let (zone, zones) = crate::support::ledger::zones(&acme).await;
        assert!(zones.iter().all(|other| *other == zone), "{zones:?} in {zone}");
        acme.ends_in_order(replicas).await;
    }
}
