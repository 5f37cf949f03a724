//! Leads of a person whose earlier lead waits to be dealt: they wait with it, and go to whoever gets it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner, post_at_once, post_in_turn, turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::history;
use crate::support::pool::set_members;
use crate::support::waiting::{forget_to_try, lead_ids, now, until_waiting, waiting};
use crate::support::world::{Person, World};

/// A group that lets leads wait.
async fn waiting_group(acme: &World, members: &[&Person], daily: u32) -> String {
    let group = acme.group_with_limits("Sales", members, daily, 0).await;
    let wait = json!({"distribution": {"when_nobody_eligible": "wait"}});
    acme.owner.patch(format!("/v1/groups/{group}"), wait).await.expect(200);
    group
}

/// A new lead of Lee, whose address is always the same, distributed to a group.
async fn lee(client: &Client, group: &str) -> Value {
    let lead = json!({
        "email": "lee@customer.example", "assignment": {"mode": "distribute", "group_id": group},
    });
    client.post("/v1/leads", lead).await.expect(201).json()
}

fn entry(group: &str, lead: &Value) -> String {
    format!("/v1/groups/{group}/distribution/waiting/{}", text(&lead["id"]))
}

async fn give(acme: &World, lead: &Value, person: &Person) {
    let path = format!("/v1/leads/{}/owner", text(&lead["id"]));
    acme.owner.put(path, json!({"user_id": person.id})).await.expect(200);
}

#[track_caller]
fn expect_joined(lead: &Value, earlier: &Value) {
    assert_eq!(lead["duplicate_of"], earlier["id"]);
    let (told, of_earlier) = (&lead["assignment"], &earlier["assignment"]);
    assert_eq!((&told["outcome"], &told["reason"]), (&json!("waiting"), &json!("others_waiting")));
    assert_eq!(told["ledger_hash"], Value::Null, "the rotation is not asked");
    for member in ["rotation_id", "next_attempt_at"] {
        assert_eq!(told[member], of_earlier[member], "{member} of {lead}");
    }
    for member in ["owner", "group_id", "team_id"] {
        assert_eq!(lead[member], earlier[member], "{member} of {lead}");
    }
}

/// It went to whoever has the earlier one, and that was nobody's turn.
async fn expect_followed(acme: &World, lead: &Value, owner_is: &Person) {
    let lead = now(&acme.owner, lead).await;
    assert_eq!(owner(&lead), owner_is.id, "{lead}");
    let told = &lead["assignment"];
    assert_eq!((&told["source"], &told["outcome"]), (&json!("duplicate"), &json!("assigned")));
    for member in ["reason", "turn", "rotation_id", "ledger_hash", "next_attempt_at"] {
        assert_eq!(told[member], Value::Null, "{member} of {lead}");
    }
    assert_eq!(history(&acme.owner, &lead).await.len(), 2, "waited, and went");
}

both! {
    async fn follow_it_when_it_is_dealt_and_spend_no_turn(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let sales = waiting_group(&acme, &[&tom, &ann], 1).await;
        let service = acme.group("Service", &[&ben]).await;
        post_in_turn(&acme.owner, &sales, 2).await;
        let first = lee(&acme.owner, &sales).await;
        assert_eq!(first["assignment"]["reason"], "all_members_at_limit");
        // Through another group where somebody could take it, by the rules, and through the same.
        let second = lee(&acme.owner, &service).await;
        expect_joined(&second, &first);
        assert!(second["assignment"]["next_attempt_at"].is_string(), "{second}");
        let by_rules = json!({"email": "LEE@customer.example"});
        let ask = acme.owner.post("/v1/leads?validate_only=true", by_rules.clone()).await.expect(200);
        assert_eq!(ask.json()["group_id"], json!(sales));
        let third = acme.owner.post("/v1/leads", by_rules).await.expect(201).json();
        expect_joined(&third, &second);
        let other = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        let fourth = lee(&acme.owner, &sales).await;
        expect_joined(&fourth, &third);
        let all = [first, second, third, other, fourth];
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(&all));
        assert_eq!(now(&acme.owner, &all[1]).await, {
            let mut shown = all[1].clone();
            shown["duplicate_count"] = json!(1);
            shown
        });
        let [first, second, third, other, fourth] = all;

        // One more lead for one of them, who is at the limit right after it.
        let path = format!("/v1/groups/{sales}/members/{}", ann.id);
        acme.owner.patch(path, json!({"daily_limit": 2})).await.expect(200);
        until_waiting(&acme.owner, &sales, 1).await;
        let dealt = now(&acme.owner, &first).await;
        assert_eq!((owner(&dealt), turn(&dealt)), (ann.id.clone(), 3));
        for lead in [&second, &third, &fourth] {
            expect_followed(&acme, lead, &ann).await;
        }
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(&[other]));
        let state = distribution(&acme.owner, &sales).await;
        assert_eq!((&state["turn"], &state["members"][1]["today"]), (&json!(3), &json!(2)));
        assert_eq!(distribution(&acme.owner, &service).await["turn"], 0);
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn follow_it_to_whoever_is_given_it(database: Database) {
        let acme = World::start(database).await;
        let [ann, ben] = acme.agents(["Ann", "Ben"]).await;
        let sales = waiting_group(&acme, &[], 0).await;
        let service = acme.group("Service", &[&ben]).await;
        let first = lee(&acme.owner, &sales).await;
        let second = lee(&acme.owner, &service).await;
        assert_eq!(second["assignment"]["next_attempt_at"], Value::Null, "as of the first");
        let entries = distribution(&acme.owner, &sales).await["entry"].clone();
        give(&acme, &first, &ann).await;
        until_waiting(&acme.owner, &sales, 0).await;
        expect_followed(&acme, &second, &ann).await;
        assert_eq!(distribution(&acme.owner, &sales).await["entry"], entries);

        // Dealt by another group than the one that it waits for.
        let [kim, again] = [json!(sales), json!(service)].map(|group| {
            let assignment = json!({"mode": "distribute", "group_id": group});
            json!({"email": "kim@customer.example", "assignment": assignment})
        });
        let kim = acme.owner.post("/v1/leads", kim).await.expect(201).json();
        let again = acme.owner.post("/v1/leads", again).await.expect(201).json();
        expect_joined(&again, &kim);
        let path = format!("/v1/leads/{}/distribute", text(&kim["id"]));
        let dealt = acme.owner.post(path, json!({"group_id": service})).await.expect(200).json();
        assert_eq!((owner(&dealt), turn(&dealt)), (ben.id.clone(), 1));
        until_waiting(&acme.owner, &sales, 0).await;
        expect_followed(&acme, &again, &ben).await;
        assert_eq!(distribution(&acme.owner, &service).await["turn"], 1);
        expect_sound_ledger(&acme, &sales).await;
        expect_sound_ledger(&acme, &service).await;
    }

    async fn follow_it_when_somebody_has_it_dealt_now(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = waiting_group(&acme, &[&tom], 1).await;
        let scopes = ["leads.create", "leads.view", "groups.view", "groups.manage"];
        let form = acme.integration(&scopes).await;
        let others = post_in_turn(&form, &sales, 2).await;
        let first = lee(&form, &sales).await;
        let second = lee(&form, &sales).await;
        forget_to_try(&acme.database, &sales).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+24h")]).await;
        acme.owner = acme.owner.signed_in_again().await;
        let deal = format!("{}/deal", entry(&sales, &first));
        let dealt = form.request(Method::POST, deal).await.expect(200).json();
        assert_eq!(dealt["assignment"]["turn"], 2);
        until_waiting(&form, &sales, 1).await;
        expect_followed(&acme, &second, &tom).await;
        assert_eq!(lead_ids(&waiting(&form, &sales).await), ids(&others[1..]));
        expect_sound_ledger(&acme, &sales).await;
    }

    /// Whoever posts one is the first to look at the list since the limit has ended.
    async fn go_at_once_where_the_earlier_one_is_dealt_with_them(database: Database) {
        let mut acme = World::start(database).await;
        let [tom, ben] = acme.agents(["Tom", "Ben"]).await;
        let sales = waiting_group(&acme, &[&tom], 1).await;
        let service = acme.group("Service", &[&ben]).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        post_in_turn(&form, &sales, 1).await;
        let first = lee(&form, &sales).await;
        forget_to_try(&acme.database, &sales).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+24h")]).await;
        acme.owner = acme.owner.signed_in_again().await;
        let second = lee(&form, &service).await;
        assert_eq!(owner(&second), tom.id, "{second}");
        assert_eq!(second["assignment"]["source"], "duplicate");
        assert_eq!(second["duplicate_of"], first["id"]);
        assert_eq!(turn(&now(&form, &first).await), 2);
        assert_eq!(distribution(&acme.owner, &service).await["turn"], 0);
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn take_their_own_turn_when_it_has_left_for_nobody(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = waiting_group(&acme, &[], 0).await;
        let first = lee(&acme.owner, &sales).await;
        let second = lee(&acme.owner, &sales).await;
        let other = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        let third = lee(&acme.owner, &sales).await;
        acme.owner.delete(entry(&sales, &first)).await.expect(204);
        let left = [&second, &other, &third].map(Value::clone);
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(&left));
        set_members(&acme, &sales, &[&tom, &ann]).await;
        until_waiting(&acme.owner, &sales, 0).await;
        assert_eq!(now(&acme.owner, &first).await["owner"], Value::Null);
        let dealt = now(&acme.owner, &second).await;
        assert_eq!((owner(&dealt), turn(&dealt)), (tom.id.clone(), 1), "its place is its own");
        assert_eq!(turn(&now(&acme.owner, &other).await), 2);
        expect_followed(&acme, &third, &tom).await;
        expect_sound_ledger(&acme, &sales).await;
    }

    /// It was taken off the list, released, and somebody has it by the time.
    async fn go_to_who_has_it_by_the_time_the_list_is_tried(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = waiting_group(&acme, &[], 0).await;
        let first = lee(&acme.owner, &sales).await;
        let second = lee(&acme.owner, &sales).await;
        let path = format!("/v1/leads/{}/owner", text(&first["id"]));
        acme.owner.delete(path).await.expect(200);
        give(&acme, &first, &ann).await;
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(std::slice::from_ref(&second)));
        set_members(&acme, &sales, &[&tom]).await;
        until_waiting(&acme.owner, &sales, 0).await;
        expect_followed(&acme, &second, &ann).await;
        assert_eq!(distribution(&acme.owner, &sales).await["turn"], 0);
    }

    /// More leads are dealt at once than fit into a transaction, and the earlier one is the last
    /// of the first.
    async fn follow_it_wherever_a_transaction_ends(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = waiting_group(&acme, &[], 100).await;
        post_at_once(&[(*acme.owner).clone()], &sales, 99).await;
        let first = lee(&acme.owner, &sales).await;
        let second = lee(&acme.owner, &sales).await;
        let third = lee(&acme.owner, &sales).await;
        let other = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        set_members(&acme, &sales, &[&tom]).await;
        until_waiting(&acme.owner, &sales, 1).await;
        assert_eq!(turn(&now(&acme.owner, &first).await), 100);
        for lead in [&second, &third] {
            expect_followed(&acme, lead, &tom).await;
        }
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(&[other]));
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn are_only_linked_where_that_is_wanted(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let sales = waiting_group(&acme, &[], 0).await;
        let service = acme.group("Service", &[&ben]).await;
        acme.owner.patch("/v1/organization", json!({"duplicate_policy": "flag"})).await.expect(200);
        let first = lee(&acme.owner, &sales).await;
        let second = lee(&acme.owner, &sales).await;
        let third = lee(&acme.owner, &service).await;
        assert_eq!((owner(&third), turn(&third)), (ben.id.clone(), 1));
        assert_eq!(third["duplicate_of"], second["id"]);
        set_members(&acme, &sales, &[&tom, &ann]).await;
        until_waiting(&acme.owner, &sales, 0).await;
        for (number, (lead, person)) in (1..).zip([(&first, &tom), (&second, &ann)]) {
            let lead = now(&acme.owner, lead).await;
            assert_eq!((owner(&lead), turn(&lead)), (person.id.clone(), number));
        }
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn have_the_owner_that_is_asked_for_all_the_same(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = waiting_group(&acme, &[], 0).await;
        let first = lee(&acme.owner, &sales).await;
        for (mode, outcome) in [("me", "assigned"), ("none", "unassigned")] {
            let lead = json!({"email": "lee@customer.example", "assignment": {"mode": mode}});
            let lead = tom.post("/v1/leads", lead).await.expect(201).json();
            assert_eq!(lead["assignment"]["outcome"], outcome);
        }
        assert_eq!(lead_ids(&waiting(&acme.owner, &sales).await), ids(&[first]));
    }
}
