//! Collaborators come and go while leads change hands and the setting is switched off.

use std::collections::BTreeMap;

use serde_json::json;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::activities::own_lead;
use crate::support::both;
use crate::support::collaborators::{
    add, allow, collaborators, expect_in_feed, expect_ties_in_step, of, remove, tie, told,
};
use crate::support::world::World;

both! {
    /// Whatever was added before the answer is removed by it, and nothing is added after it.
    async fn none_remains_once_it_is_switched_off(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let people = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let clients = at_each(&acme.owner, &replicas);
        let mut leads = Vec::new();
        for _ in 0..6 {
            leads.push(own_lead(&acme.owner).await);
        }
        for _ in 0..8 {
            allow(&acme, true).await;
            let mut adding = JoinSet::new();
            for (number, person) in people.iter().enumerate() {
                let client = clients[number % clients.len()].on_a_new_connection();
                let (leads, person) = (leads.clone(), person.clone());
                adding.spawn(async move {
                    let mut added = 0;
                    for lead in &leads {
                        let answer = add(&client, lead, &person).await;
                        if answer.status == 200 {
                            assert!(collaborators(&answer.json()).contains(&person.id));
                            added += 1;
                        } else {
                            answer.expect_problem(409, "multiple_assignees_not_allowed");
                        }
                    }
                    added
                });
            }
            let owner = clients[clients.len() - 1].on_a_new_connection();
            let body = json!({"allow_multiple_assignees": false});
            owner.patch("/v1/organization", body).await.expect(200);
            assert_eq!(expect_ties_in_step(&acme.database).await, 0, "as soon as it is answered");
            adding.join_all().await;
            assert_eq!(expect_ties_in_step(&acme.database).await, 0);
        }
        let mut count = 0;
        for lead in &leads {
            // One line after the other, each where the one before it ended.
            let mut there: BTreeMap<String, bool> = BTreeMap::new();
            for (what, user, _) in told(&acme.owner, lead).await {
                count += 1;
                assert_ne!(there.insert(user, what == "added"), Some(what == "added"));
            }
            assert!(there.values().all(|there| !there));
        }
        expect_in_feed(&acme.owner, count / 2, count / 2).await;
        acme.ends_in_order(replicas).await;
    }

    /// Who is added and given the lead at once owns it and is not its collaborator.
    async fn nobody_is_owner_and_collaborator(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        allow(&acme, true).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let clients = at_each(&acme.owner, &replicas);
        for _ in 0..10 {
            let lead = own_lead(&tom).await;
            let mut racing = JoinSet::new();
            for number in 0..4 {
                let client = clients[number % clients.len()].on_a_new_connection();
                let (lead, ann) = (lead.clone(), ann.clone());
                racing.spawn(async move {
                    if number == 1 {
                        let path = format!("/v1/leads/{lead}/owner");
                        client.put(path, json!({"user_id": ann.id})).await.expect(200);
                        return;
                    }
                    let answer = add(&client, &lead, &ann).await;
                    if answer.status != 200 {
                        answer.expect_problem(409, "already_owner");
                    }
                });
            }
            racing.join_all().await;
            let there = acme.owner.get(format!("/v1/leads/{lead}")).await.expect(200).json();
            assert_eq!(there["owner"]["id"], ann.id);
            assert!(collaborators(&there).is_empty(), "{there}");
            assert_eq!(tie(&acme.owner, &lead, &ann).await.as_deref(), Some("owner"));
            let told = told(&acme.owner, &lead).await;
            assert!(told.len() == 2 || told.is_empty(), "{told:?}");
        }
        acme.ends_in_order(replicas).await;
    }

    async fn of_several_adds_and_removals_each_is_done_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        allow(&acme, true).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let clients = at_each(&acme.owner, &replicas);
        let lead = own_lead(&tom).await;
        for is_added in [true, false] {
            let mut racing = JoinSet::new();
            for number in 0..8 {
                let client = clients[number % clients.len()].on_a_new_connection();
                let (lead, person) = (lead.clone(), [&ann, &ben][number % 2].clone());
                racing.spawn(async move {
                    let request = if is_added { add } else { remove };
                    request(&client, &lead, &person).await.expect(200);
                });
            }
            racing.join_all().await;
            let mut there = of(&acme.owner, &lead).await;
            there.sort_unstable();
            let mut expected = vec![ann.id.clone(), ben.id.clone()];
            expected.sort_unstable();
            assert_eq!(there, if is_added { expected } else { Vec::new() });
        }
        assert_eq!(told(&acme.owner, &lead).await.len(), 4);
        let stored = acme.owner.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        assert_eq!(stored["version"], 5);
        expect_in_feed(&acme.owner, 2, 2).await;
        acme.ends_in_order(replicas).await;
    }

    /// Switched off while leads change hands and collaborators leave: each of them is removed once,
    /// by whatever came first.
    async fn each_is_removed_exactly_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        allow(&acme, true).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let clients = at_each(&acme.owner, &replicas);
        let mut leads = Vec::new();
        for _ in 0..30 {
            let lead = own_lead(&tom).await;
            for person in [&ann, &ben] {
                add(&acme.owner, &lead, person).await.expect(200);
            }
            leads.push(lead);
        }
        let mut racing = JoinSet::new();
        for number in 0..3 {
            let (leads, ann, ben) = (leads.clone(), ann.clone(), ben.clone());
            let client = clients[number % clients.len()].on_a_new_connection();
            racing.spawn(async move {
                match number {
                    // Backwards, against the order in which they are locked.
                    0 => for lead in leads.iter().rev() {
                        let path = format!("/v1/leads/{lead}/owner");
                        client.put(path, json!({"user_id": ann.id})).await.expect(200);
                    },
                    1 => for lead in &leads {
                        remove(&client, lead, &ben).await.expect(200);
                    },
                    _ => {
                        let body = json!({"lead_ids": leads, "to": {"user_id": ann.id}});
                        client.post("/v1/leads/bulk-assign", body).await.expect(200);
                    }
                }
            });
        }
        let owner = clients[0].on_a_new_connection();
        owner.patch("/v1/organization", json!({"allow_multiple_assignees": false})).await.expect(200);
        racing.join_all().await;
        for lead in &leads {
            let told = told(&acme.owner, lead).await;
            for person in [&ann, &ben] {
                let gone = told.iter().filter(|line| line.0 == "removed" && line.1 == person.id);
                assert_eq!(gone.count(), 1, "{told:?}");
            }
            assert_eq!(tie(&acme.owner, lead, &ann).await.as_deref(), Some("owner"));
            assert_eq!(tie(&acme.owner, lead, &ben).await, None);
        }
        expect_in_feed(&acme.owner, 60, 60).await;
        assert_eq!(expect_ties_in_step(&acme.database).await, 0);
        acme.ends_in_order(replicas).await;
    }
}
