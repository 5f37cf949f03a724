//! The same external id put several times at once, through, on PostgreSQL, two replicas.

use std::collections::BTreeSet;
use std::future::IntoFuture as _;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::order::at_each;
use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

fn path(number: usize) -> String {
    format!("/v1/leads/by-external-id/web/A{number}")
}

fn body(group: &str, client: usize) -> Value {
    json!({
        "first_name": "Lee", "custom_fields": {format!("key{client}"): client},
        "assignment": {"mode": "distribute", "group_id": group},
    })
}

/// Sixteen clients put the same lead at once, each with a field of its own.
async fn sixteen_times(clients: &[Client], number: usize, group: &str) -> Vec<Answer> {
    let puts = (0..16_usize).map(|client| {
        let body = body(group, client);
        let at = clients[client % clients.len()].on_a_new_connection();
        at.put(path(number), body).into_future()
    });
    join_all(puts).await
}

async fn expect_turns(acme: &World, group: &str, turns: usize) {
    let state = distribution(&acme.owner, group).await;
    assert_eq!(state["turn"], turns);
    expect_sound_ledger(acme, group).await;
}

both! {
    async fn of_sixteen_at_once_one_adds_it_and_the_others_change_it(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let form = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;
        let clients = at_each(&form, &replicas);
        for number in 0..4 {
            let answers = sixteen_times(&clients, number, &sales).await;
            let mut statuses: Vec<u16> = answers.iter().map(|it| it.status.as_u16()).collect();
            statuses.sort_unstable();
            assert_eq!(statuses[15], 201, "{statuses:?}");
            assert!(statuses[..15].iter().all(|status| *status == 200), "{statuses:?}");
            let leads: BTreeSet<String> = answers.iter().map(|it| text(&it.json()["id"])).collect();
            assert_eq!(leads.len(), 1, "{leads:?}");
            let after = form.get(path(number)).await.expect(200).json();
            assert_eq!((turn(&after), &after["version"]), (number + 1, &json!(16)));
            for client in 0..16 {
                assert_eq!(after["custom_fields"][format!("key{client}")], client, "{after}");
            }
        }
        expect_turns(&acme, &sales, 4).await;
        acme.ends_in_order(replicas).await;
    }

    /// Whoever may not see the lead of the others gets what an addition of it would tell.
    async fn of_two_strangers_one_adds_it_and_the_other_is_told_that_it_is_taken(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        let scopes = ["leads.create", "leads.view", "leads.edit"];
        let keys = [acme.integration(&scopes).await, acme.integration(&scopes).await];
        for number in 0..6 {
            let puts = keys.iter().map(|key| {
                let how = json!({"mode": "distribute", "group_id": sales});
                let body = json!({"first_name": "Lee", "assignment": how});
                key.on_a_new_connection().put(path(number), body).into_future()
            });
            let mut statuses: Vec<u16> =
                join_all(puts).await.iter().map(|it| it.status.as_u16()).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409]);
        }
        expect_turns(&acme, &sales, 6).await;
        acme.ends_in_order(replicas).await;
    }

    /// It is put again and again while what has it is given another id, erased and archived.
    async fn an_id_that_is_given_up_meanwhile_is_never_anybody_else_s(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        let clients = at_each(&acme.owner, &replicas);
        let mut made = 0;
        for number in 0..6_usize {
            let first = clients[0].put(path(number), body(&sales, 0)).await.expect(201).json();
            let lead = format!("/v1/leads/{}", text(&first["id"]));
            let at = |client: usize| clients[client % clients.len()].on_a_new_connection();
            let give_up = match number % 3 {
                0 => at(1).request(Method::POST, format!("{lead}/erase")),
                1 => at(1).patch(&lead, json!({"external_id": format!("B{number}")})),
                _ => at(1).delete(&lead),
            };
            let puts = join_all((1..=8).map(|client| at(client).put(path(number), body(&sales, client)).into_future()));
            let (puts, given_up) = tokio::join!(puts, give_up.into_future());
            assert!(given_up.status.is_success(), "{given_up}");
            let mut added = 0;
            for put in &puts {
                match put.status.as_u16() {
                    200 => assert_eq!(put.json()["external_id"], format!("A{number}")),
                    201 => added += 1,
                    409 if number % 3 == 2 => drop(put.expect_problem(409, "lead_archived")),
                    _ => panic!("{put}"),
                }
            }
            // The one that gave it up has nothing of what was put to the id after that.
            let holder = acme.owner.get(path(number)).await;
            let is_free = holder.status == 404;
            assert!(added <= 1 && (number % 3 == 2 || is_free == (added == 0)), "{added} {holder}");
            assert!(is_free || (holder.json()["id"] == first["id"]) == (added == 0), "{holder}");
            made += 1 + added;
            let stays: Value = acme.owner.get(&lead).await.expect(200).json();
            let changes = acme.owner.get(format!("{lead}/activity")).await.expect(200).items();
            let changed = changes.iter().filter(|it| it["kind"] == "lead.changed").count();
            let told = puts.iter().filter(|it| it.status == 200 && it.json()["id"] == stays["id"]);
            assert_eq!(changed, told.count() + usize::from(number % 3 == 1), "{changes:?}");
        }
        expect_turns(&acme, &sales, made).await;
        acme.ends_in_order(replicas).await;
    }
}
