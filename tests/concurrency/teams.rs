//! Who is on a team changes while leads are dealt to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::both;
use crate::support::leads::{expect_gapless_turns, per_owner};
use crate::support::off_boarding::{deactivate, reactivate};
use crate::support::teams::{dealt_to, expect_sound_team, lead_for_team};
use crate::support::world::World;

both! {
    async fn no_turn_is_missing_or_double_while_members_come_and_go(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let team = acme.team("Blue", &[&mia], &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let stop = Arc::new(AtomicBool::new(false));
        let mut posting = JoinSet::new();
        for client in at_each(&form, &replicas).iter().cycle().take(8) {
            let (client, team, stop) = (client.on_a_new_connection(), team.clone(), Arc::clone(&stop));
            posting.spawn(async move {
                let mut leads: Vec<Value> = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let posted = client.post("/v1/leads", lead_for_team(&team)).await;
                    leads.push(posted.expect(201).json());
                }
                leads
            });
        }
        let owner = match replicas.first() {
            Some(replica) => acme.owner.at(replica),
            None => acme.owner.on_a_new_connection(),
        };
        let members = format!("/v1/teams/{team}/members");
        for round in 0..6 {
            let users = json!({"manager_ids": [mia.id], "user_ids": [ben.id, ann.id]});
            owner.put(&members, users).await.expect(200);
            let include = json!({"distribution": {"include_managers": round % 2 == 0}});
            acme.owner.patch(format!("/v1/teams/{team}"), include).await.expect(200);
            let users = json!({"manager_ids": [mia.id], "user_ids": [tom.id, ann.id, ben.id, eve.id]});
            owner.put(&members, users).await.expect(200);
            deactivate(&acme.owner, &eve, json!({"leads": {"action": "keep"}})).await.expect(200);
            reactivate(&acme.owner, &eve).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        let leads = posting.join_all().await.concat();
        assert!(leads.iter().all(|lead| lead["owner"].is_object()), "somebody is always there");
        expect_gapless_turns(&leads);
        // Those who were there all along took turns with each other.
        let counts = per_owner(&leads);
        let (anns, bens) = (counts[&ann.id], counts[&ben.id]);
        assert!(anns.abs_diff(bens) <= 14, "{anns} and {bens}: the order was changed 12 times");
        assert_eq!(dealt_to(&acme.owner, &team).await, [&*tom.id, &*ann.id, &*ben.id, &*eve.id]);
        expect_sound_team(&acme, &team).await;
        acme.ends_in_order(replicas).await;
    }
}
