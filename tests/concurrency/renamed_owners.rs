//! What owners are called changes while leads are dealt to them: each lead's answer, which is kept under
//! its key, names its owner as they are called by then, whichever server changed it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, fresh_number, lead_for};
use crate::support::wait::eventually;
use crate::support::world::World;

/// The number behind the `Tom` that a lead's owner is called.
fn number_of_owner(lead: &Value) -> usize {
    let name = text(&lead["owner"]["first_name"]);
    name.strip_prefix("Tom").and_then(|number| number.parse().ok()).unwrap()
}

/// Eight clients post until they are told to stop. Nobody may be told a name that was given up before
/// they asked.
fn post_while_names_change(
    clients: &[Client],
    group: &str,
    named: &Arc<AtomicUsize>,
    stop: &Arc<AtomicBool>,
) -> JoinSet<()> {
    let mut posting = JoinSet::new();
    for client in clients.iter().cycle().take(8) {
        let (client, group) = (client.on_a_new_connection(), group.to_owned());
        let (named, stop) = (Arc::clone(named), Arc::clone(stop));
        posting.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let before = named.load(Ordering::SeqCst);
                let post = client.post("/v1/leads", lead_for(&group, fresh_number()));
                let lead = post.await.expect(201).json();
                let number = number_of_owner(&lead);
                assert!(number >= before, "called Tom{number} after Tom{before}: {lead}");
            }
        });
    }
    posting
}

both! {
    async fn nobody_is_called_what_they_were_called_before(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom0").await;
        let group = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let (named, stop) = (Arc::default(), Arc::default());
        let posting =
            post_while_names_change(&at_each(&form, &replicas), &group, &named, &stop);

        let doors = at_each(&acme.owner, &replicas);
        for (number, door) in (1..=20).zip(doors.iter().cycle()) {
            let name = json!({"first_name": format!("Tom{number}")});
            door.patch(format!("/v1/users/{}", tom.id), name).await.expect(200);
            named.store(number, Ordering::SeqCst);
            let turn = distribution(&acme.owner, &group).await["turn"].as_u64();
            eventually("some leads are dealt", || async {
                let now = distribution(&acme.owner, &group).await["turn"].as_u64();
                (now > turn.map(|turn| turn + 8)).then_some(())
            })
            .await;
        }
        stop.store(true, Ordering::Relaxed);
        posting.join_all().await;
        acme.ends_in_order(replicas).await;
    }

    async fn a_name_of_one_s_own_choice_and_a_partner_s_mark_are_told_at_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let forms = at_each(&form, &replicas);
        let expect_called = async |name: &str, partner: bool| {
            for form in &forms {
                let lead = form.post("/v1/leads", lead_for(&group, fresh_number())).await;
                let owner = lead.expect(201).json()["owner"].clone();
                assert_eq!((&owner["first_name"], &owner["partner"]), (&json!(name), &json!(partner)));
            }
        };
        expect_called("Tom", false).await;
        expect_called("Tom", false).await;
        tom.patch("/v1/me", json!({"first_name": "Thomas"})).await.expect(200);
        expect_called("Thomas", false).await;
        acme.owner
            .patch(format!("/v1/users/{}", tom.id), json!({"partner": true}))
            .await
            .expect(200);
        expect_called("Thomas", true).await;
        acme.ends_in_order(replicas).await;
    }
}
