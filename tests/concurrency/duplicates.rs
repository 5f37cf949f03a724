//! The same person several times at once, through two rotations and, on PostgreSQL, two replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::future::IntoFuture as _;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::order::at_each;
use crate::support::answer::{Answer, ids, text};
use crate::support::client::Client;
use crate::support::leads::{distribution, owner};
use crate::support::ledger::expect_sound_ledger;
use crate::support::session::Session;
use crate::support::waiting::{now, until_waiting};
use crate::support::world::World;
use crate::support::{both, postgres};

/// How long anybody may wait for an answer while somebody holds what others need.
const AT_MOST: Duration = Duration::from_secs(8);

/// Ten clients post Lee at once, in turn through each of the groups.
async fn lee_ten_times(clients: &[Client], groups: &[String; 2]) -> Vec<Answer> {
    let posts = (0..10_usize).map(|number| {
        let client = clients[number % clients.len()].on_a_new_connection();
        let lead = json!({
            "email": "lee@customer.example",
            // Half as many of them on each server.
            "assignment": {"mode": "distribute", "group_id": groups[number / 2 % 2]},
        });
        client.post("/v1/leads", lead).into_future()
    });
    join_all(posts).await
}

async fn turns(acme: &World, groups: &[String]) -> u64 {
    let mut turns = 0;
    for group in groups {
        let state = distribution(&acme.owner, group).await;
        let counted: u64 = state["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["today"].as_u64().unwrap())
            .sum();
        assert_eq!(state["turn"], counted, "who was dealt to was counted, nobody else: {state}");
        turns += counted;
        expect_sound_ledger(acme, group).await;
    }
    turns
}

both! {
    async fn ten_at_once_are_one_turn_and_one_owner_s(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let groups = [sales, acme.group("Service", &[&ben, &eve]).await];
        let form = acme.integration(&["leads.create", "leads.view"]).await;

        let answers = lee_ten_times(&at_each(&form, &replicas), &groups).await;
        let leads: Vec<Value> = answers.into_iter().map(|made| made.expect(201).json()).collect();
        let owners: BTreeSet<String> = leads.iter().map(owner).collect();
        assert_eq!(owners.len(), 1, "{owners:?}");
        assert_eq!(turns(&acme, &groups).await, 1);
        let firsts: Vec<&Value> = leads.iter().filter(|it| it["duplicate_of"].is_null()).collect();
        assert_eq!(firsts.len(), 1, "{leads:?}");
        assert_eq!(firsts[0]["assignment"]["source"], "distribution");
        // Each is the duplicate of the one before it.
        let earlier: BTreeSet<String> =
            leads.iter().filter_map(|lead| lead["duplicate_of"].as_str().map(str::to_owned)).collect();
        assert_eq!(earlier.len(), 9);
        assert!(earlier.is_subset(&ids(&leads).into_iter().collect()));
        acme.ends_in_order(replicas).await;
    }

    async fn of_ten_at_once_one_is_taken_and_nine_are_refused(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let groups = [sales, acme.group("Service", &[&ann]).await];
        acme.owner.patch("/v1/organization", json!({"duplicate_policy": "reject"})).await.expect(200);
        let form = acme.integration(&["leads.create", "leads.view"]).await;

        let answers = lee_ten_times(&at_each(&form, &replicas), &groups).await;
        let (taken, refused): (Vec<Answer>, Vec<Answer>) =
            answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((taken.len(), refused.len()), (1, 9));
        for answer in refused {
            let problem = answer.expect_problem(409, "duplicate_lead");
            assert_eq!(problem["lead_id"], taken[0].json()["id"]);
        }
        assert_eq!(turns(&acme, &groups).await, 1);
        assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), 1);
        acme.ends_in_order(replicas).await;
    }

    /// While they are posted, members of both groups come back.
    async fn ten_at_once_are_one_owner_s_however_long_they_wait(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let groups = [sales, acme.group("Service", &[&ben, &eve]).await];
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        for group in &groups {
            acme.owner.patch(format!("/v1/groups/{group}"), wait.clone()).await.expect(200);
        }
        let pause = async |paused: bool| {
            for (group, people) in groups.iter().zip([[&tom, &ann], [&ben, &eve]]) {
                for person in people {
                    let path = format!("/v1/groups/{group}/members/{}", person.id);
                    acme.owner.patch(path, json!({"paused": paused})).await.expect(200);
                }
            }
        };
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let clients = at_each(&form, &replicas);
        pause(true).await;
        let waiting = lee_ten_times(&clients, &groups).await;
        let (coming, ()) = tokio::join!(lee_ten_times(&clients, &groups), pause(false));
        let leads: Vec<Value> = waiting.into_iter().chain(coming).map(|it| it.expect(201).json()).collect();
        for group in &groups {
            until_waiting(&acme.owner, group, 0).await;
        }
        let mut owners = BTreeSet::new();
        let mut dealt = 0;
        for lead in &leads {
            let lead = now(&acme.owner, lead).await;
            owners.insert(owner(&lead));
            dealt += usize::from(lead["assignment"]["source"] == "distribution");
        }
        assert_eq!((owners.len(), dealt), (1, 1), "{owners:?}");
        assert_eq!(turns(&acme, &groups).await, 1);
        acme.ends_in_order(replicas).await;
    }

    /// The first of them is given to somebody meanwhile.
    async fn none_that_joins_while_the_first_is_given_away_is_forgotten(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let ann = acme.agent("Ann").await;
        let groups = [acme.group("Sales", &[]).await, acme.group("Service", &[]).await];
        let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
        for group in &groups {
            acme.owner.patch(format!("/v1/groups/{group}"), wait.clone()).await.expect(200);
        }
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let clients = at_each(&form, &replicas);
        let first = lee_ten_times(&clients[..1], &groups).await;
        let first = first.iter().map(Answer::json).find(|lead| lead["duplicate_of"].is_null());
        let path = format!("/v1/leads/{}/owner", text(&first.unwrap()["id"]));
        let give = acme.owner.put(path, json!({"user_id": ann.id})).into_future();
        let (coming, given) = tokio::join!(lee_ten_times(&clients, &groups), give);
        given.expect(200);
        for lead in coming {
            lead.expect(201);
        }
        for group in &groups {
            until_waiting(&acme.owner, group, 0).await;
        }
        let leads = acme.owner.get("/v1/leads?limit=100").await.expect(200).items();
        assert_eq!(leads.len(), 20);
        assert!(leads.iter().all(|lead| owner(lead) == ann.id), "{leads:?}");
        assert_eq!(turns(&acme, &groups).await, 0);
        acme.ends_in_order(replicas).await;
    }

    /// Everybody shares their address with one and their number with another, so that contacts are
    /// claimed in every order.
    async fn people_who_share_contacts_crosswise_are_never_dealt_twice(database: Database) {
        const PEOPLE: usize = 12;
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let groups = [sales, acme.group("Service", &[&ben, &eve]).await];
        let form = acme.integration(&["leads.create", "leads.view"]).await;

        let clients = at_each(&form, &replicas);
        let mut posting = JoinSet::new();
        for (place, client) in clients.iter().cycle().take(16).enumerate() {
            let (client, groups) = (client.on_a_new_connection(), groups.clone());
            posting.spawn(async move {
                let mut leads = Vec::new();
                for round in 0..10 {
                    let (address, number) = ((place + round) % PEOPLE, (place * 5 + round) % PEOPLE);
                    let lead = json!({
                        "email": format!("person{address}@customer.example"),
                        "phone": format!("+4420794600{:02}", 10 + number),
                        "assignment": {"mode": "distribute", "group_id": groups[round % 2]},
                    });
                    leads.push(client.post("/v1/leads", lead).await.expect(201).json());
                }
                leads
            });
        }
        let leads = posting.join_all().await.concat();
        let by_id: BTreeMap<String, &Value> =
            leads.iter().map(|lead| (text(&lead["id"]), lead)).collect();
        let (mut dealt, mut first_of) = (0, BTreeMap::<String, usize>::new());
        for lead in &leads {
            let contacts = [text(&lead["email"]), text(&lead["phone_e164"])];
            if lead["duplicate_of"].is_null() {
                dealt += 1;
                assert_eq!(lead["assignment"]["source"], "distribution");
                contacts.into_iter().for_each(|contact| *first_of.entry(contact).or_default() += 1);
                continue;
            }
            let earlier = by_id[&text(&lead["duplicate_of"])];
            assert_eq!(owner(lead), owner(earlier), "{lead} and {earlier}");
            assert_eq!(lead["assignment"]["source"], "duplicate");
            assert!(
                contacts[0] == text(&earlier["email"]) || contacts[1] == text(&earlier["phone_e164"]),
                "they share nothing: {lead} and {earlier}",
            );
        }
        assert!(first_of.values().all(|leads| *leads == 1), "nobody comes first twice: {first_of:?}");
        assert_eq!(turns(&acme, &groups).await, dealt);
        acme.ends_in_order(replicas).await;
    }
}

postgres! {
    async fn a_person_whom_another_transaction_has_claimed_holds_nobody_else_up(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        let lead = |name: &str| {
            let lead = json!({"email": format!("{name}@customer.example")});
            form.post("/v1/leads", lead).into_future()
        };
        let somebody = Session::begin(&acme.database).await;
        let claim = format!(
            "INSERT INTO lead_contacts (organization_id, kind, contact, lead_id, seen_at) \
             VALUES ('{id}', 1, 'lee@customer.example', '{id}', 0)",
            id = acme.id,
        );
        somebody.run(&claim).await;
        let answers = async { tokio::join!(lead("lee"), lead("kim"), lead("sam")) };
        let answers = tokio::time::timeout(AT_MOST, answers).await;
        let (lee, kim, sam) = answers.expect("answers in time");
        lee.expect_problem(503, "unavailable");
        kim.expect(201);
        sam.expect(201);
        somebody.lets_go().await;
        assert_eq!(lead("lee").await.expect(201).json()["duplicate_of"], Value::Null);
    }
}
