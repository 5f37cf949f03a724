//! Users who leave while others are at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{
    all_leads_of, distribution, expect_all_there, expect_gapless_turns, fresh_number, lead_for,
    owner,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, history, reactivate, settled, undo};
use crate::support::wait::eventually;
use crate::support::world::{Person, World};

fn statuses(answers: &[Answer]) -> Vec<(u16, String)> {
    let mut statuses: Vec<_> =
        answers.iter().map(|answer| (answer.status.as_u16(), answer.code())).collect();
    statuses.sort();
    statuses
}

/// Sends the same request by each client at once.
async fn at_once(clients: &[Client], person: &Person, body: &Value) -> Vec<Answer> {
    let mut racing = JoinSet::new();
    for client in clients {
        let (client, person, body) = (client.on_a_new_connection(), person.clone(), body.clone());
        racing.spawn(async move { deactivate(&client, &person, body).await });
    }
    racing.join_all().await
}

async fn own(person: &Person) -> Value {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    person.post("/v1/leads", body).await.expect(201).json()
}

async fn lead_of(client: &Client, lead: &Value) -> Value {
    client.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200).json()
}

/// Posts leads to a group until told to stop; what was answered.
fn post_on(clients: &[Client], group: &str, stop: &Arc<AtomicBool>) -> JoinSet<Vec<Value>> {
    let mut posting = JoinSet::new();
    for client in clients.iter().cycle().take(8) {
        let (client, group, stop) =
            (client.on_a_new_connection(), group.to_owned(), Arc::clone(stop));
        posting.spawn(async move {
            let mut leads = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let post = client.post("/v1/leads", lead_for(&group, fresh_number()));
                leads.push(post.await.expect(201).json());
            }
            leads
        });
    }
    posting
}

async fn some_are_dealt(client: &Client, group: &str) {
    let turn = distribution(client, group).await["turn"].as_u64();
    eventually("some leads are dealt", || async {
        let now = distribution(client, group).await["turn"].as_u64();
        (now > turn.map(|turn| turn + 10)).then_some(())
    })
    .await;
}

both! {
    async fn of_two_admins_at_once_one_deactivates(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let ada = acme.person("admin", "Ada").await;
        let mut clients = at_each(&acme.owner, &replicas);
        clients.extend(at_each(&ada, &replicas));
        for body in [json!({}), json!({"leads": {"action": "release"}})] {
            let name = if body == json!({}) { "Tom" } else { "Tim" };
            let tom = acme.agent(name).await;
            let lead = own(&tom).await;
            let answers = at_once(&clients, &tom, &body).await;
            let mut expected = vec![(409, "user_inactive".to_owned()); clients.len() - 1];
            expected.insert(0, (200, String::new()));
            assert_eq!(statuses(&answers), expected);
            let decisions = if name == "Tom" { 1 } else { 2 };
            assert_eq!(history(&acme.owner, &lead).await.len(), decisions, "moved once or not");
        }
        acme.ends_in_order(replicas).await;
    }

    async fn of_two_owners_who_deactivate_each_other_one_stays(database: Database) {
        let acme = World::start(database).await;
        let otto = acme.person("owner", "Otto").await;
        let (first, second) =
            tokio::join!(deactivate(&acme.owner, &otto, json!({})), deactivate(&otto, &acme.owner, json!({})));
        let mut told = [first.status.as_u16(), second.status.as_u16()];
        told.sort_unstable();
        // The other's access has ended by then, or they are found to be the last.
        assert!(matches!(told, [200, 401 | 409]), "{told:?}");
        let active = if first.status == 200 { &acme.owner } else { &otto };
        let owners = active.get("/v1/users?role=owner&status=active").await.expect(200).items();
        assert_eq!(owners.len(), 1);
    }

    async fn who_give_their_leads_to_each_other_do_not_stand_in_each_others_way(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut clients = at_each(&acme.owner, &replicas);
        clients.rotate_left(1);
        for round in 0..4 {
            let [tom, ann] = [
                acme.agent(&format!("Tom{round}")).await, acme.agent(&format!("Ann{round}")).await,
            ];
            let leads = [own(&tom).await, own(&ann).await];
            let transfer = |to: &Person| json!({"leads": {"action": "transfer", "user_id": to.id}});
            let (first, second) = tokio::join!(
                deactivate(&acme.owner, &tom, transfer(&ann)),
                deactivate(&clients[0], &ann, transfer(&tom)),
            );
            let mut told = [first.status.as_u16(), second.status.as_u16()];
            told.sort_unstable();
            assert_eq!(told, [200, 422], "{first}{second}");
            let stays = if first.status == 200 { &ann } else { &tom };
            for lead in &leads {
                assert_eq!(owner(&lead_of(&acme.owner, lead).await), stays.id);
            }
        }
        acme.ends_in_order(replicas).await;
    }

    async fn nobody_is_dealt_to_once_they_have_left(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let other = acme.group("Other", &[&ben, &tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let stop = Arc::default();
        let posting = post_on(&at_each(&form, &replicas), &group, &stop);
        let beside = post_on(&[(*form).clone()], &other, &stop);
        for round in 0..4 {
            some_are_dealt(&acme.owner, &group).await;
            let body = match round {
                0 => json!({}),
                1 => json!({"leads": {"action": "distribute", "group_id": other}}),
                2 => json!({"leads": {"action": "transfer", "user_id": ann.id}}),
                _ => json!({"leads": {"action": "release"}}),
            };
            // Somebody who was being dealt to the whole time has more and more leads.
            let answer = deactivate(&acme.owner, &tom, body).await;
            assert!(matches!(answer.status.as_u16(), 200 | 202), "{answer}");
            let turn = distribution(&acme.owner, &group).await["turn"].as_u64().unwrap();
            some_are_dealt(&acme.owner, &group).await;
            for lead in all_leads_of(&acme.owner, &group).await {
                let later = lead["assignment"]["turn"].as_u64().is_some_and(|dealt| dealt > turn);
                assert!(!later || owner(&lead) != tom.id, "dealt to somebody who left: {lead}");
            }
            settled(&acme.owner, &tom).await;
            reactivate(&acme.owner, &tom).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        let answered = posting.join_all().await.concat();
        beside.join_all().await;
        expect_gapless_turns(&answered);
        let members = distribution(&acme.owner, &group).await;
        assert_eq!(members["members"].as_array().unwrap().len(), 3);
        for group in [&group, &other] {
            expect_sound_ledger(&acme, group).await;
        }
        for lead in answered.iter().step_by(10) {
            history(&acme.owner, lead).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn nothing_stays_with_who_left_that_was_given_to_them_meanwhile(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let clients = at_each(&acme.owner, &replicas);
        let mut leads = Vec::new();
        for _ in 0..4 {
            leads.push(own(&ann).await);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut giving = JoinSet::new();
        for (lead, client) in leads.iter().zip(clients.iter().cycle()) {
            let (client, stop) = (client.on_a_new_connection(), Arc::clone(&stop));
            let path = format!("/v1/leads/{}/owner", text(&lead["id"]));
            let turns = [tom.id.clone(), ann.id.clone()];
            giving.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    for user in &turns {
                        let answer = client.put(&path, json!({"user_id": user})).await;
                        assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer}");
                    }
                }
            });
        }
        for _ in 0..6 {
            let body = json!({"leads": {"action": "release"}});
            deactivate(&acme.owner, &tom, body).await.expect(200);
            for client in &clients {
                let of_tom = client.get(format!("/v1/leads?owner={}", tom.id)).await.expect(200);
                assert_eq!(of_tom.items(), [Value::Null; 0], "left with somebody who is inactive");
            }
            undo(&acme.owner, &tom).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        giving.join_all().await;
        for lead in &leads {
            history(&acme.owner, lead).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn of_undo_and_reactivation_at_once_one_takes_back(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let clients = at_each(&acme.owner, &replicas);
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let lead = own(&tom).await;
        for _ in 0..4 {
            deactivate(&acme.owner, &tom, json!({"leads": {"action": "release"}})).await.expect(200);
            let last = clients.last().unwrap();
            let (undone, back, again) =
                tokio::join!(undo(&acme.owner, &tom), reactivate(last, &tom), undo(last, &tom));
            let answers = [undone, back, again];
            let succeeded = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(succeeded, 1, "{answers:?}");
            let members = acme.owner.get(format!("/v1/groups/{group}/members")).await.expect(200);
            assert_eq!(members.items().len(), 1);
            let path = format!("/v1/leads/{}/owner", text(&lead["id"]));
            acme.owner.put(path, json!({"user_id": tom.id})).await.expect(200);
        }
        history(&acme.owner, &lead).await;
        expect_sound_ledger(&acme, &group).await;
        acme.ends_in_order(replicas).await;
    }

    async fn a_deactivation_waits_for_nobody_who_has_left_the_rotation(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let other = acme.group("Other", &[&ann]).await;
        let stop = Arc::new(AtomicBool::new(false));
        let mut changing = JoinSet::new();
        for (group, client) in [&group, &other].into_iter().zip(at_each(&acme.owner, &replicas).iter().cycle()) {
            let (client, stop) = (client.on_a_new_connection(), Arc::clone(&stop));
            let path = format!("/v1/groups/{group}/members");
            let orders = [json!([tom.id, ann.id]), json!([ann.id])];
            changing.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    for order in &orders {
                        let answer = client.put(&path, json!({"user_ids": order})).await;
                        assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer}");
                    }
                }
            });
        }
        for _ in 0..6 {
            eventually("the deactivation gets through", || async {
                let answer = deactivate(&acme.owner, &tom, json!({})).await;
                assert!(matches!(answer.status.as_u16(), 200 | 503), "{answer}");
                (answer.status == 200).then_some(())
            })
            .await;
            for group in [&group, &other] {
                let members = acme.owner.get(format!("/v1/groups/{group}/members")).await;
                let members = members.expect(200).items();
                assert!(members.iter().all(|member| text(&member["user"]["id"]) != tom.id));
            }
            reactivate(&acme.owner, &tom).await.expect(200);
        }
        stop.store(true, Ordering::Relaxed);
        changing.join_all().await;
        for group in [&group, &other] {
            expect_sound_ledger(&acme, group).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn leads_that_come_in_and_leads_that_are_moved_share_one_order(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let from = acme.group("Old", &[&tom]).await;
        let group = acme.group("Sales", &[&ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let clients = at_each(&form, &replicas);
        let old = crate::support::leads::post_at_once(&clients, &from, 420).await;
        let stop = Arc::default();
        let posting = post_on(&clients, &group, &stop);
        some_are_dealt(&acme.owner, &group).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        deactivate(&acme.owner, &tom, body).await.expect(202);
        let done = settled(&acme.owner, &tom).await;
        assert_eq!(counts(&done), [420, 420, 0, 0]);
        stop.store(true, Ordering::Relaxed);
        let answered = posting.join_all().await.concat();
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), answered.len() + old.len());
        expect_all_there(&answered, &stored);
        crate::support::leads::expect_strict_order(&stored, &[&ann.id, &ben.id]);
        for group in [&from, &group] {
            expect_sound_ledger(&acme, group).await;
        }
        acme.ends_in_order(replicas).await;
    }
}
