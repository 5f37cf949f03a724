//! Leads are assigned while people pick them up.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::both;
use crate::support::pool::{grant, group_for, nobodys, pick_up};
use crate::support::world::{Person, World};

const LEADS: usize = 20;

async fn owner_of(acme: &World, lead: &str) -> Value {
    acme.owner.get(format!("/v1/leads/{lead}")).await.expect(200).json()["owner"]["id"].clone()
}

both! {
    /// An assignment says what it saw: that nobody owns the lead, or its version. Then it loses
    /// against who was faster, and wins against who was not.
    async fn a_pick_up_and_an_assignment_never_both_win(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mia = acme.person("manager", "Mia").await;
        acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        let all: [&Person; 3] = [&tom, &ann, &mia];
        group_for(&acme, "Pool", &all, &["new"]).await;
        grant(&acme, &all, &["leads.pick_up"]).await;
        let managers = at_each(&mia, &replicas);
        for number in 0..LEADS {
            let lead = nobodys(&acme, "new").await;
            let mut racing = JoinSet::new();
            let (client, path) = (ann.on_a_new_connection(), pick_up(&lead));
            racing.spawn(async move {
                ("lead_taken", 409, client.request(Method::POST, path).await)
            });
            let manager = managers[number % managers.len()].on_a_new_connection();
            let (path, to) = (format!("/v1/leads/{lead}/owner"), tom.id.clone());
            racing.spawn(async move {
                if number % 2 == 0 {
                    let body = json!({"user_id": to, "expected_owner_id": null});
                    ("owner_changed", 409, manager.put(path, body).await)
                } else {
                    let assign = manager.put(path, json!({"user_id": to}));
                    ("precondition_failed", 412, assign.header("If-Match", "\"1\"").await)
                }
            });
            let answers = racing.join_all().await;
            let won: Vec<_> = answers.iter().filter(|(.., answer)| answer.status == 200).collect();
            let [(loses_with, _, won)] = won[..] else { panic!("{lead}: {}", won.len()) };
            for (code, status, answer) in &answers {
                if code != loses_with {
                    answer.expect_problem(*status, code);
                }
            }
            let winner = &won.json()["owner"]["id"];
            assert_eq!(owner_of(&acme, &lead).await, *winner);
            let history = acme.owner.get(format!("/v1/leads/{lead}/assignments")).await.expect(200);
            assert_eq!(history.items().len(), 2, "{history}");
        }
        acme.ends_in_order(replicas).await;
    }

    /// What somebody picked up a moment before is not what `unassigned` lists.
    async fn a_filter_of_nobodys_leads_takes_none_that_was_picked_up(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let people = [&ann, &ben];
        group_for(&acme, "Pool", &people, &["new"]).await;
        grant(&acme, &people, &["leads.pick_up"]).await;
        let mut ids = Vec::new();
        for _ in 0..24 {
            ids.push(nobodys(&acme, "new").await);
        }
        let mut racing = JoinSet::new();
        for (person, ids) in people.into_iter().zip([ids.clone(), ids.iter().rev().cloned().collect()]) {
            let client = person.on_a_new_connection();
            racing.spawn(async move {
                let mut won = Vec::new();
                for id in ids {
                    let answer = client.request(Method::POST, pick_up(&id)).await;
                    if answer.status == 200 {
                        won.push((id, text(&answer.json()["owner"]["id"])));
                    }
                }
                won
            });
        }
        for client in at_each(&acme.owner, &replicas) {
            let body = json!({"filter": {"owner": "unassigned"}, "to": {"user_id": tom.id}});
            racing.spawn(async move {
                let bulk = client.post("/v1/leads/bulk-assign", body).await.expect(200).json();
                let moved = bulk["data"].as_array().unwrap().iter();
                moved.map(|it| (text(&it["lead_id"]), text(&it["owner"]["id"]))).collect::<Vec<_>>()
            });
        }
        let mut told = racing.join_all().await.concat();
        told.sort();
        let mut all = ids;
        all.sort();
        assert_eq!(told.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), all, "each once");
        for (id, owner) in told {
            assert_eq!(owner_of(&acme, &id).await, owner);
        }
        acme.ends_in_order(replicas).await;
    }
}
