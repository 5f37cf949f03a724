//! `POST /v1/leads/batch` with mode `atomic`: all of them or none.

use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::both;
use crate::support::client::Client;
use crate::support::feed::stored;
use crate::support::leads::{
    all_added, all_leads_of, batch, distribution, expect_all_there, expect_strict_order,
    fresh_leads_for, lead_for, turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::tamper::Tamperer;
use crate::support::world::World;

const PATH: &str = "/v1/leads/batch";

async fn post(client: &Client, leads: &[Value]) -> Answer {
    client.post(PATH, batch("atomic", leads)).await
}

/// What a lead leaves behind wherever it is.
const TABLES: [&str; 8] = [
    "leads",
    "lead_access",
    "lead_contacts",
    "lead_external_ids",
    "assignments",
    "rotation_ledger",
    "idempotency_keys",
    "events",
];

/// How many rows each of the tables has.
async fn rows(acme: &World) -> Vec<usize> {
    let reader = Tamperer::of(&acme.database).await;
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(reader.rows(table).await.len());
    }
    reader.done().await;
    counts
}

both! {
    async fn a_thousand_leads_are_dealt_in_their_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        let form = acme.integration(&["leads.create"]).await;
        let before = stored(&acme.database).await.len();
        let leads = fresh_leads_for(&group, 1_000);
        let added = all_added(&post(&form, &leads).await.expect(200).json());
        for (index, (asked, lead)) in leads.iter().zip(&added).enumerate() {
            assert_eq!(lead["email"], asked["email"]);
            assert_eq!(turn(lead), index + 1, "turns are in the order of the request");
            assert_eq!(lead["created_at"], added[0]["created_at"], "one transaction");
        }
        assert_eq!(stored(&acme.database).await.len(), before + 1_000);
        let stored = all_leads_of(&acme.owner, &group).await;
        assert_eq!(stored.len(), 1_000);
        expect_all_there(&added, &stored);
        expect_strict_order(&stored, &[&tom.id, &ann.id, &ben.id]);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn one_that_cannot_be_leaves_nothing_of_any(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let reject = json!({"duplicate_policy": "reject"});
        acme.owner.patch("/v1/organization", reject).await.expect(200);
        let mut known = lead_for(&group, 1);
        known["external_id"] = json!("4711");
        acme.owner.post("/v1/leads", known.clone()).await.expect(201);
        let before = rows(&acme).await;
        let post = |leads: &[Value]| {
            acme.owner.post(PATH, batch("atomic", leads)).idempotency_key("import")
        };

        let mut leads = fresh_leads_for(&group, 5);
        leads[3]["external_id"] = json!("4711");
        let refused = post(&leads).await;
        assert_eq!(refused.expect_problem(409, "external_id_taken")["index"], 3);
        leads[3] = lead_for(&group, 1);
        let refused = post(&leads).await;
        assert_eq!(refused.expect_problem(409, "duplicate_lead")["index"], 3);
        leads[3] = leads[1].clone();
        let problem = post(&leads).await.expect_problem(409, "duplicate_lead");
        assert_eq!(problem["index"], 3, "of one person within the request");
        leads[3] = json!({"first_name": "Lee", "external_id": "8"});
        leads[4] = json!({"first_name": "Kim", "external_id": "8"});
        let refused = post(&leads).await;
        assert_eq!(refused.expect_problem(409, "external_id_taken")["index"], 4);
        assert_eq!(rows(&acme).await, before, "{TABLES:?}");
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 1, "no turn is spent");

        // Nothing is kept of the key either.
        leads[4] = lead_for(&group, 5);
        let added = all_added(&post(&leads).await.expect(200).json());
        assert_eq!(turn(&added[0]), 2);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn all_faults_of_all_leads_are_told_at_once(database: Database) {
        let acme = World::start(database).await;
        let before = rows(&acme).await;
        let leads = [
            json!({"email": "nobody", "country": "ZZZ"}),
            json!({"first_name": "Lee"}),
            json!({}),
            json!({"first_name": "x".repeat(201), "nickname": "Lee"}),
            json!(null),
            json!({"first_name": "Lee", "assignment": {"mode": "guess"}}),
        ];
        post(&acme.owner, &leads).await.expect_faults(&[
            ("/leads/0/country", "invalid_country"),
            ("/leads/0/email", "invalid_email"),
            ("/leads/2", "contact_required"),
            ("/leads/3/first_name", "too_long"),
            ("/leads/3/nickname", "unknown_field"),
            ("/leads/4", "invalid_type"),
            ("/leads/5/assignment/mode", "invalid_value"),
        ]);
        let nobody = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02";
        let leads = [
            json!({"first_name": "Lee"}),
            json!({"first_name": "Lee", "assignment": {"mode": "distribute", "group_id": nobody}}),
            json!({"first_name": "Lee", "assignment": {"mode": "distribute", "team_id": nobody}}),
            json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": nobody}}),
        ];
        post(&acme.owner, &leads).await.expect_faults(&[
            ("/leads/1/assignment/group_id", "unknown_group"),
            ("/leads/2/assignment/team_id", "unknown_team"),
            ("/leads/3/assignment/user_id", "unknown_user"),
        ]);
        assert_eq!(rows(&acme).await, before, "{TABLES:?}");
    }

    async fn the_same_again_under_its_key_is_told_again(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let leads = fresh_leads_for(&group, 50);
        let post = |mode: &str, leads: &[Value]| {
            acme.owner.post(PATH, batch(mode, leads)).idempotency_key("import-17")
        };
        let first = post("atomic", &leads).await.expect(200);
        assert_eq!(first.header("idempotency-replayed"), "");
        let again = post("atomic", &leads).await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), first.json());
        for (mode, leads) in [("atomic", &leads[1..]), ("partial", &leads[..])] {
            post(mode, leads).await.expect_problem(422, "idempotency_key_reused");
        }
        assert_eq!(all_leads_of(&acme.owner, &group).await.len(), 50);
    }

    async fn follows_the_routing_rules_and_the_policy_for_duplicates(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let (web, fair) = (acme.group("Web", &[&tom]).await, acme.group("Fair", &[&ann]).await);
        for (source, group) in [("web", &web), ("fair", &fair)] {
            let condition = json!({"field": "source", "operator": "eq", "value": source});
            let rule = json!({
                "name": source, "conditions": {"all": [condition]}, "target": {"group_id": group},
            });
            acme.owner.post("/v1/routing-rules", rule).await.expect(201);
        }
        let policy = json!({"duplicate_policy": "assign_to_previous_owner"});
        acme.owner.patch("/v1/organization", policy).await.expect(200);
        let leads = [
            json!({"email": "lee@customer.example", "source": "web"}),
            json!({"email": "kim@customer.example", "source": "fair"}),
            json!({"email": "lee@customer.example", "source": "fair"}),
            json!({"first_name": "Lou", "source": "other"}),
        ];
        let added = all_added(&post(&acme.owner, &leads).await.expect(200).json());
        let owners: Vec<&Value> = added.iter().map(|lead| &lead["owner"]["id"]).collect();
        assert_eq!(owners, [&json!(tom.id), &json!(ann.id), &json!(tom.id), &Value::Null]);
        assert_eq!(added[2]["duplicate_of"], added[0]["id"]);
        assert_eq!(added[3]["assignment"]["reason"], "no_rule_matched");
    }
}
