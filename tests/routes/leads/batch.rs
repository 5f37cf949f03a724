//! `POST /v1/leads/batch`: each lead on its own.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{
    all_added, all_leads_of, batch, expect_all_there, expect_strict_order, fresh_leads_for,
    lead_for, owner, turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const PATH: &str = "/v1/leads/batch";

async fn post(client: &Client, leads: &[Value]) -> Value {
    client.post(PATH, batch("partial", leads)).await.expect(200).json()
}

/// Status and code of each item; no code where it was added.
fn outcomes(answer: &Value) -> Vec<(u64, String)> {
    let items = answer["data"].as_array().unwrap().iter();
    let outcome = |item: &Value| {
        let code = item["problem"]["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(item["lead"].is_null(), !code.is_empty(), "{item}");
        (item["status"].as_u64().unwrap(), code)
    };
    items.map(outcome).collect()
}

fn faults(item: &Value) -> Vec<(String, String)> {
    let errors = item["problem"]["errors"].as_array().unwrap().iter();
    errors.map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

both! {
    async fn a_thousand_leads_are_dealt_in_their_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let leads = fresh_leads_for(&group, 1_000);
        let added = all_added(&post(&form, &leads).await);
        assert_eq!(added.len(), 1_000);
        for (index, (asked, lead)) in leads.iter().zip(&added).enumerate() {
            assert_eq!(lead["email"], asked["email"]);
            assert_eq!(turn(lead), index + 1, "turns are in the order of the request");
        }
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 1_000);
        expect_all_there(&added, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn each_is_told_as_if_it_had_been_sent_alone(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let nobody = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02";
        let alone = acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201);
        let leads = [
            lead_for(&group, 1),
            json!({"email": "nobody", "nickname": "Lee", "tags": [1]}),
            json!({"first_name": "Kim", "assignment": {"mode": "distribute", "group_id": nobody}}),
            json!("Lee"),
            json!({}),
            json!({"first_name": "Lee"}),
            json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": nobody}}),
            lead_for(&group, 2),
        ];
        let answer = post(&acme.owner, &leads).await;
        let refused = || (422, "validation_failed".to_owned());
        let added = || (201, String::new());
        assert_eq!(outcomes(&answer), [
            added(), refused(), refused(), refused(), refused(), added(), refused(), added(),
        ]);
        assert_eq!((&answer["created"], &answer["failed"]), (&json!(3), &json!(5)));
        let items = answer["data"].as_array().unwrap();
        let mut all = faults(&items[1]);
        all.sort();
        let expected = [("/email", "invalid_email"), ("/nickname", "unknown_field"), ("/tags/0", "invalid_type")];
        assert_eq!(all, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        let first = |item: &Value| faults(item).remove(0);
        let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(first(&items[2]), fault("/assignment/group_id", "unknown_group"));
        assert_eq!(first(&items[3]), fault("", "invalid_type"));
        assert_eq!(first(&items[4]), fault("", "contact_required"));
        assert_eq!(first(&items[6]), fault("/assignment/user_id", "unknown_user"));
        assert_eq!(items[1]["problem"]["status"], 422);
        assert_eq!((turn(&items[0]["lead"]), turn(&items[7]["lead"])), (1, 2));
        // The lead is what a request for it alone tells.
        let (single, lead) = (alone.json(), &items[5]["lead"]);
        let names = |lead: &Value| lead.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(lead), names(&single));
        assert_eq!(lead["assignment"]["reason"], single["assignment"]["reason"]);
        let there = acme.owner.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200);
        assert_eq!(there.json()["allowed_actions"], lead["allowed_actions"]);
    }

    async fn what_is_there_once_is_there_once_within_a_request_as_well(database: Database) {
        let acme = World::start(database).await;
        let lead = |name: &str, source: &str| {
            json!({"first_name": name, "source": source, "external_id": "4711"})
        };
        let leads = [lead("Lee", "web"), lead("Kim", "fair"), lead("Lou", "web")];
        let answer = post(&acme.owner, &leads).await;
        let taken = (409, "external_id_taken".to_owned());
        assert_eq!(outcomes(&answer), [(201, String::new()), (201, String::new()), taken.clone()]);
        assert_eq!(outcomes(&post(&acme.owner, &leads).await), vec![taken; 3]);
    }

    async fn people_who_come_twice_in_a_request_came_before(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let leads = [lead_for(&group, 1), lead_for(&group, 2), lead_for(&group, 1)];
        let previous = json!({"duplicate_policy": "assign_to_previous_owner"});
        acme.owner.patch("/v1/organization", previous).await.expect(200);
        let added = all_added(&post(&acme.owner, &leads).await);
        assert_eq!((owner(&added[0]), owner(&added[1])), (tom.id.clone(), ann.id.clone()));
        assert_eq!(owner(&added[2]), tom.id);
        assert_eq!(added[2]["duplicate_of"], added[0]["id"]);
        assert_eq!(added[2]["assignment"]["source"], "duplicate");

        let reject = json!({"duplicate_policy": "reject"});
        acme.owner.patch("/v1/organization", reject).await.expect(200);
        let leads = [lead_for(&group, 3), lead_for(&group, 3), lead_for(&group, 4)];
        let answer = post(&acme.owner, &leads).await;
        let known = (409, "duplicate_lead".to_owned());
        assert_eq!(outcomes(&answer), [(201, String::new()), known, (201, String::new())]);
        let items = answer["data"].as_array().unwrap();
        assert_eq!(items[1]["problem"]["lead_id"], items[0]["lead"]["id"]);
    }

    async fn the_same_again_under_its_key_is_told_again(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let leads = fresh_leads_for(&group, 100);
        let post = |leads: &[Value]| {
            acme.owner.post(PATH, batch("partial", leads)).idempotency_key("import-17")
        };
        let first = post(&leads).await.expect(200);
        assert!(!replayed(&first));
        let again = post(&leads).await.expect(200);
        assert!(replayed(&again));
        assert_eq!(again.json(), first.json());
        post(&leads[1..]).await.expect_problem(422, "idempotency_key_reused");
        let alone = acme.owner.post("/v1/leads", leads[0].clone()).idempotency_key("import-17");
        alone.await.expect_problem(422, "idempotency_key_reused");
        assert_eq!(all_leads_of(&acme.owner, &group).await.len(), 100);
    }

    async fn what_was_refused_is_tried_again_under_the_same_key(database: Database) {
        let acme = World::start(database).await;
        let groups = [acme.group("Sales", &[&acme.owner]).await, acme.group("Gone", &[]).await];
        let field = json!({"key": "budget", "label": "Budget", "type": "number"});
        acme.owner.post("/v1/custom-fields", field).await.expect(201);
        let mut leads = fresh_leads_for(&groups[0], 3);
        leads[1]["custom_fields"] = json!({"budget": "high"});
        let post = || acme.owner.post(PATH, batch("partial", &leads)).idempotency_key("k");
        let first = post().await.expect(200).json();
        assert_eq!((&first["created"], &first["failed"]), (&json!(2), &json!(1)));
        acme.owner.delete("/v1/custom-fields/budget").await.expect(204);
        let again = post().await.expect(200);
        assert!(!replayed(&again), "one was added now");
        let again = all_added(&again.json());
        assert_eq!(again[0], first["data"][0]["lead"]);
        assert_eq!(again[2], first["data"][2]["lead"]);
        assert_eq!(turn(&again[1]), 3);
    }

    async fn a_request_of_which_nothing_was_added_keeps_nothing(database: Database) {
        let acme = World::start(database).await;
        let post = |lead: Value| {
            acme.owner.post(PATH, batch("partial", &[lead])).idempotency_key("k")
        };
        assert_eq!(post(json!({"email": "nobody"})).await.expect(200).json()["failed"], 1);
        let added = post(json!({"first_name": "Lee"})).await.expect(200);
        assert_eq!(all_added(&added.json()).len(), 1);
    }

    async fn what_a_lane_has_no_room_for_is_put_off(database: Database) {
        let acme = World::start_with(database, &[("EVENHAND_LANE_QUEUE", "8")]).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let leads = fresh_leads_for(&group, 300);
        let post = || acme.owner.post(PATH, batch("partial", &leads)).idempotency_key("k");
        let mut answer = post().await.expect(200).json();
        assert_ne!(answer["failed"], 0, "300 do not fit");
        let mut rounds = 0;
        while answer["failed"] != 0 {
            for (status, code) in outcomes(&answer) {
                assert!(status == 201 || (status, code.as_str()) == (503, "unavailable"));
            }
            answer = post().await.expect(200).json();
            rounds += 1;
            assert!(rounds < 300, "each time some fit");
        }
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 300, "one lead for each");
        expect_all_there(&all_added(&answer), &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id]);
    }
}
