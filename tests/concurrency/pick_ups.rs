//! Many people pick up the same leads at the same moment.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{distribution, fresh_number, lead_for};
use crate::support::ledger::expect_sound_ledger;
use crate::support::pool::{grant, group_for, nobodys, pick_up, pool};
use crate::support::world::{Person, World};

const PEOPLE: usize = 16;
const LEADS: usize = 20;

both! {
    /// On PostgreSQL with two replicas, on SQLite with the one that it is for.
    async fn each_lead_goes_to_one_of_all_who_ask_for_it(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(acme.agent(&format!("Agent{number}")).await);
        }
        let all: Vec<&Person> = people.iter().collect();
        let group = group_for(&acme, "Sales", &all, &["new"]).await;
        grant(&acme, &all, &["leads.pick_up"]).await;
        let mut leads = Vec::new();
        for _ in 0..LEADS {
            leads.push(nobodys(&acme, "new").await);
        }

        let mut picking = JoinSet::new();
        for (number, person) in people.iter().enumerate() {
            let client = match replicas.get(number % (replicas.len() + 1)) {
                Some(replica) => person.at(replica).on_a_new_connection(),
                None => person.on_a_new_connection(),
            };
            // Not all at the same one first.
            let mut mine = leads.clone();
            mine.rotate_left(number % 4);
            let me = person.id.clone();
            picking.spawn(async move {
                let mut told = Vec::new();
                for lead in mine {
                    let answer = client.request(Method::POST, pick_up(&lead)).await;
                    let owner = if answer.status == 200 {
                        answer.json()["owner"]["id"].clone()
                    } else {
                        answer.expect_problem(409, "lead_taken")["owner"]["id"].clone()
                    };
                    told.push((lead, text(&owner), answer.status == 200, me.clone()));
                }
                told
            });
        }
        // Meanwhile the group's rotation goes on dealing.
        let mut turns = 0;
        for _ in 0..10 {
            let lead = lead_for(&group, fresh_number());
            acme.owner.post("/v1/leads", lead).await.expect(201);
            turns += 1;
        }
        let told = picking.join_all().await.concat();
        assert_eq!(told.len(), PEOPLE * LEADS);
        let mut winners: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (lead, owner, won, me) in &told {
            if *won {
                assert_eq!(owner, me);
                winners.entry(lead.clone()).or_default().push(me.clone());
            }
        }
        for lead in &leads {
            let [winner] = &winners[lead][..] else { panic!("{lead}: {:?}", winners[lead]) };
            assert!(told.iter().filter(|line| line.0 == *lead).all(|line| line.1 == *winner));
            let stored = acme.owner.get(format!("/v1/leads/{lead}")).await.expect(200).json();
            assert_eq!((&stored["owner"]["id"], &stored["version"]), (&json!(winner), &json!(2)));
            let path = format!("/v1/leads/{lead}/assignments");
            assert_eq!(acme.owner.get(path).await.expect(200).items().len(), 2);
        }
        for person in &people {
            assert!(pool(person, "").await.is_empty());
        }
        assert_eq!(distribution(&acme.owner, &group).await["turn"], turns);
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }

    /// A lead is picked up, assigned, distributed and released at once: whatever comes first, each
    /// step begins where the one before it ended.
    async fn a_leads_history_is_consistent_whoever_wants_it(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let people = acme.agents(["Tom", "Ann", "Ben"]).await;
        let all: Vec<&Person> = people.iter().collect();
        let group = group_for(&acme, "Sales", &all, &["new"]).await;
        grant(&acme, &all, &["leads.pick_up"]).await;
        let lead = nobodys(&acme, "new").await;
        let owner = at_each(&acme.owner, &replicas);
        for _ in 0..12 {
            let mut asking = JoinSet::new();
            for person in &people {
                let (client, lead) = (person.on_a_new_connection(), lead.clone());
                asking.spawn(async move { client.request(Method::POST, pick_up(&lead)).await });
            }
            for (number, client) in owner.iter().enumerate() {
                let (client, lead, group) = (client.clone(), lead.clone(), group.clone());
                asking.spawn(async move {
                    let body = json!({"group_id": group, "redistribute": number == 0});
                    client.post(format!("/v1/leads/{lead}/distribute"), body).await
                });
            }
            for answer in asking.join_all().await {
                // Who comes after it was taken from whoever took it does not see it at all.
                assert!([200, 404, 409].contains(&answer.status.as_u16()), "{answer}");
            }
            acme.owner.delete(format!("/v1/leads/{lead}/owner")).await.expect(200);
        }
        let history = acme.owner.get(format!("/v1/leads/{lead}/assignments")).await.expect(200);
        let history = history.items();
        for step in history.windows(2) {
            assert_eq!(step[0]["from"], step[1]["to"], "{history:?}");
        }
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }
}
