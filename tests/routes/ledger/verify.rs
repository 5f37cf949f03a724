//! `POST /v1/groups/{id}/distribution/verify`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{lead_for, post_in_turn};
use crate::support::tamper::Tamperer;
use crate::support::world::World;

async fn verify(client: &Client, group: &str, body: Value) -> Answer {
    client.post(format!("/v1/groups/{group}/distribution/verify"), body).await
}

#[track_caller]
fn expect_valid(answer: Answer) -> Value {
    let told = answer.expect(200).json();
    assert_eq!((&told["valid"], &told["first_invalid"]), (&json!(true), &Value::Null), "{told}");
    told
}

#[track_caller]
fn expect_invalid(answer: Answer, entry: u64, problem: &str) {
    let told = answer.expect(200).json();
    assert_eq!(told["valid"], false, "{told}");
    let first = &told["first_invalid"];
    assert_eq!(
        (first["entry"].as_u64(), text(&first["problem"])),
        (Some(entry), problem.to_owned())
    );
}

both! {
    async fn is_content_whatever_happened_to_leads_and_members_since(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann, &ben], 4, 0).await;
        let leads = post_in_turn(&acme.owner, &group, 7).await;
        let path = |index: usize| format!("/v1/leads/{}/owner", text(&leads[index]["id"]));
        acme.owner.put(path(0), json!({"user_id": ben.id})).await.expect(200);
        acme.owner.put(path(0), json!({"user_id": tom.id})).await.expect(200);
        acme.owner.delete(path(1)).await.expect(200);
        let off = json!({"leads": {"action": "distribute", "group_id": group}});
        acme.owner.post(format!("/v1/users/{}/deactivate", ben.id), off).await.expect(200);
        let told = expect_valid(verify(&acme.owner, &group, json!({})).await);
        assert_eq!(told["turns"], 9, "{told}");
        let state = acme.owner.get(format!("/v1/groups/{group}/distribution")).await.json();
        assert_eq!(told["entries"], state["entry"]);

        let back = format!("/v1/users/{}/reactivate", ben.id);
        acme.owner.request(reqwest::Method::POST, back).await.expect(200);
        post_in_turn(&acme.owner, &group, 2).await;
        expect_valid(verify(&acme.owner, &group, json!({})).await);
        // Archived, and still to be verified.
        acme.owner.delete(format!("/v1/groups/{group}")).await.expect(204);
        expect_valid(verify(&acme.owner, &group, json!({})).await);
    }

    async fn is_content_with_leads_that_were_passed_on_and_with_leads_that_wait(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let waiting = json!({
            "name": "Second", "user_ids": [ann.id],
            "distribution": {"daily_limit": 1, "when_nobody_eligible": "wait"},
        });
        let second = text(&acme.owner.post("/v1/groups", waiting).await.expect(201).json()["id"]);
        let onward = json!({
            "name": "First", "user_ids": [tom.id],
            "distribution": {
                "daily_limit": 1, "when_nobody_eligible": "fallback",
                "fallback": {"group_id": second},
            },
        });
        let first = text(&acme.owner.post("/v1/groups", onward).await.expect(201).json()["id"]);
        let outcomes = ["assigned", "assigned", "waiting", "waiting"];
        for (number, outcome) in (1..).zip(outcomes) {
            let lead = acme.owner.post("/v1/leads", lead_for(&first, number)).await.expect(201);
            assert_eq!(lead.json()["assignment"]["outcome"], outcome);
        }
        for group in [&first, &second] {
            expect_valid(verify(&acme.owner, group, json!({})).await);
        }
        // The step of a decision that passed its lead on is as much a part of it as an assignment.
        let tamperer = Tamperer::of(&acme.database).await;
        let step = tamperer.rows("assignment_steps").await.remove(0);
        let hash = step.columns().iter().position(|column| column.name == "ledger_hash").unwrap();
        let other = step.others(hash, &[]).remove(0);
        assert!(tamperer.set(&step, hash, &other).await);
        let entry = u64::try_from(step.number("entry").unwrap()).unwrap();
        let told = verify(&acme.owner, &first, json!({})).await;
        tamperer.set_back(&step, hash, &other).await;
        tamperer.done().await;
        let told = told.expect(200).json();
        assert_eq!((&told["valid"], &told["first_invalid"]["entry"]), (&json!(false), &json!(entry)));
    }

    async fn compares_with_receipts_that_were_kept(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let receipt = |lead: &Value| {
            json!({"lead_id": lead["id"], "hash": lead["assignment"]["ledger_hash"]})
        };
        let all: Vec<Value> = leads.iter().map(receipt).collect();
        expect_valid(verify(&acme.owner, &group, json!({"receipts": all})).await);
        // One of another decision.
        let hash = &leads[1]["assignment"]["ledger_hash"];
        let mixed = json!({"receipts": [{"lead_id": leads[0]["id"], "hash": hash}]});
        expect_invalid(verify(&acme.owner, &group, mixed).await, 3, "receipt_differs");
        let numbered = json!({"receipts": [{"entry": 3, "hash": hash}]});
        expect_invalid(verify(&acme.owner, &group, numbered).await, 3, "receipt_differs");
        // The end was cut off, everywhere.
        let kept = receipt(&leads[2]);
        let before = acme.owner.get(format!("/v1/groups/{group}/distribution")).await.json();
        let entry = before["entry"].as_u64().unwrap();
        let tamperer = Tamperer::of(&acme.database).await;
        for sql in [
            format!("DELETE FROM rotation_ledger WHERE entry = {entry}"),
            format!("DELETE FROM assignments WHERE entry = {entry}"),
            "UPDATE rotations SET entry = entry - 1, turn = turn - 1, head = (SELECT hash FROM \
             rotation_ledger ORDER BY entry DESC LIMIT 1), last_at = (SELECT at FROM \
             rotation_ledger ORDER BY entry DESC LIMIT 1)"
                .to_owned(),
            "UPDATE rotation_counts SET of_day = of_day - 1, of_month = of_month - 1, \
             last_turn = last_turn - 1"
                .to_owned(),
        ] {
            tamperer.run(&sql).await;
        }
        tamperer.done().await;
        expect_valid(verify(&acme.owner, &group, json!({})).await);
        let body = json!({"receipts": [kept]});
        expect_invalid(verify(&acme.owner, &group, body).await, entry, "entry_missing");
    }

    async fn compares_with_signed_heads_that_were_kept(database: Database) {
        let mut acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        post_in_turn(&acme.owner, &group, 2).await;
        acme.server.restart_with(&[]).await;
        let path = format!("/v1/groups/{group}/distribution/heads");
        let heads = crate::support::wait::eventually("a head is signed", || async {
            let heads = acme.owner.get(&path).await.expect(200).items();
            (!heads.is_empty()).then_some(heads)
        })
        .await;
        let jws = &heads[0]["jws"];
        expect_valid(verify(&acme.owner, &group, json!({"heads": [jws]})).await);
        let other = acme.group("Support", &[&acme.owner]).await;
        let refused = verify(&acme.owner, &other, json!({"heads": [jws, "a.b.c"]})).await;
        refused.expect_faults(&[("/heads/0", "other_rotation"), ("/heads/1", "invalid_signature")]);
    }

    async fn names_every_fault_of_its_body(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let body = json!({"receipts": [
            {"entry": 1},
            {"hash": "ab", "lead_id": "x"},
            {"hash": "00".repeat(32), "entry": 1, "lead_id": acme.owner.id},
            {"hash": "00".repeat(32)},
        ]});
        verify(&acme.owner, &group, body).await.expect_faults(&[
            ("/receipts/0/hash", "required"),
            ("/receipts/1/hash", "invalid_value"),
            ("/receipts/1/lead_id", "invalid_value"),
            ("/receipts/2/lead_id", "invalid_value"),
            ("/receipts/3/entry", "required"),
        ]);
        let many = json!({"heads": vec!["a"; 101]});
        verify(&acme.owner, &group, many).await.expect_faults(&[("/heads", "too_many")]);
    }

    async fn is_for_who_sees_the_rotation(database: Database) {
        let acme = World::start(database).await;
        let [tom] = acme.agents(["Tom"]).await;
        let mia = acme.person("manager", "Mia").await;
        let group = acme.group("Sales", &[&tom]).await;
        let team = acme.team("Blue", &[&mia], &[&tom]).await;
        expect_valid(verify(&mia, &group, json!({})).await);
        verify(&tom, &group, json!({})).await.expect_problem(403, "permission_denied");
        let globex = acme.second_organization().await;
        verify(&globex.owner, &group, json!({})).await.expect_problem(404, "not_found");
        let path = format!("/v1/teams/{team}/distribution/verify");
        globex.owner.post(path, json!({})).await.expect_problem(404, "not_found");
    }
}
