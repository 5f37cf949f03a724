//! `GET /v1/groups/{id}/distribution/ledger.ndjson`, and whoever verifies it without the server.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, post_at_once, post_in_turn};
use crate::support::tamper::Tamperer;
use crate::support::verifier::{DOCUMENT, verifier};
use crate::support::world::World;

async fn export(client: &Client, group: &str) -> Vec<u8> {
    let path = format!("/v1/groups/{group}/distribution/ledger.ndjson");
    let answer = client.get(path).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson", "{}", answer.request);
    answer.bytes
}

async fn verified(client: &Client, group: &str) -> Value {
    let path = format!("/v1/groups/{group}/distribution/verify");
    client.post(path, json!({})).await.expect(200).json()
}

#[tokio::test]
async fn the_second_verifier_agrees_with_the_test_vectors() {
    let Some(told) = verifier(&["--vectors", DOCUMENT], b"").await else { return };
    assert_eq!((&told["valid"], &told["first_invalid"]), (&json!(true), &Value::Null), "{told}");
    assert!(told["vectors"].as_u64() >= Some(60), "{told}");
}

both! {
    async fn is_all_of_it_for_anybody_to_verify(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann, &ben], 250, 0).await;
        post_at_once(&[(*acme.owner).clone()], &group, 600).await;
        let path = format!("/v1/groups/{group}");
        let paused = json!({"paused": true, "paused_until": "2199-01-01T00:00:00Z"});
        acme.owner.patch(format!("{path}/members/{}", tom.id), paused).await.expect(200);
        ann.put("/v1/me/pause", json!({})).await.expect(200);
        let members = json!({"user_ids": [ben.id, ann.id]});
        acme.owner.put(format!("{path}/members"), members).await.expect(200);
        let limits = json!({"distribution": {"daily_limit": 201, "monthly_limit": 500}});
        acme.owner.patch(&path, limits).await.expect(200);
        post_in_turn(&acme.owner, &group, 3).await;
        let members = json!({"user_ids": [tom.id, ben.id, ann.id]});
        acme.owner.put(format!("{path}/members"), members).await.expect(200);
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        let exported = export(&acme.owner, &group).await;
        let state = distribution(&acme.owner, &group).await;
        let lines = exported.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(u64::try_from(lines).ok(), state["entry"].as_u64());
        let first: Value =
            serde_json::from_slice(exported.split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        assert!(first.get("user").is_none(), "no names: {first}");

        let receipt = format!(
            "--receipt={}={}",
            state["entry"],
            text(&lead["assignment"]["ledger_hash"])
        );
        let organization = format!("--organization={}", acme.id);
        let told = verifier(&["-", &receipt, &organization], &exported).await;
        let server = verified(&acme.owner, &group).await;
        assert_eq!(server["valid"], true, "{server}");
        if let Some(told) = told {
            for what in ["valid", "entries", "turns", "first_invalid"] {
                assert_eq!(told[what], server[what], "{told} {server}");
            }
            assert_eq!(told["head"], state["ledger_hash"]);
            assert_eq!(told["rotation_id"], state["rotation_id"]);
        }
    }

    async fn shows_both_verifiers_the_same_first_wrong_entry(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_in_turn(&acme.owner, &group, 6).await;
        let tamperer = Tamperer::of(&acme.database).await;
        let rows = tamperer.rows("rotation_ledger").await;
        // A decision with entries behind it.
        for row in rows.iter().filter(|row| row.number("entry") == Some(6)) {
            for (index, column) in row.columns().iter().enumerate() {
                let value = row.others(index, &[]).remove(0);
                if !tamperer.set(row, index, &value).await {
                    continue;
                }
                let exported = export(&acme.owner, &group).await;
                let server = verified(&acme.owner, &group).await;
                tamperer.set_back(row, index, &value).await;
                let Some(told) = verifier(&["-"], &exported).await else { return };
                assert_eq!(server["valid"], false, "{}: {server}", column.name);
                let (ours, theirs) = (&server["first_invalid"], &told["first_invalid"]);
                assert_eq!(theirs["entry"], 6, "{} {told} {server}", column.name);
                assert_eq!(ours["entry"], theirs["entry"], "{} {told} {server}", column.name);
            }
        }
        tamperer.done().await;
    }
}
