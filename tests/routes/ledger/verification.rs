//! `GET /v1/verifications/{id}`: verifications that go on behind an answer.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::growth::grow;
use crate::support::leads::post_in_turn;
use crate::support::tamper::Tamperer;
use crate::support::wait::eventually;
use crate::support::world::World;

async fn ask(client: &Client, group: &str, body: Value) -> Answer {
    let path = format!("/v1/groups/{group}/distribution/verify");
    client.post(path, body).header("Prefer", "wait=1, respond-async").await
}

/// What a verification found, once it has.
async fn result(client: &Client, path: &str) -> Value {
    eventually("the verification is through", || async {
        let answer = client.on_a_new_connection().get(path).try_send().await.ok()?;
        let told = answer.expect(200).json();
        (told["status"] == "completed").then(|| told["result"].clone())
    })
    .await
}

both! {
    async fn finds_what_it_would_have_found_at_once(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let asked = ask(&acme.owner, &group, json!({})).await.expect(202);
        let path = asked.header("location").to_owned();
        let told = asked.json();
        assert_eq!(path, format!("/v1/verifications/{}", text(&told["id"])));
        assert_eq!((&told["total"], &told["finished_at"]), (&json!(5), &Value::Null));
        let found = result(&acme.owner, &path).await;
        let expected = json!({"valid": true, "entries": 5, "turns": 3, "first_invalid": null});
        assert_eq!(found, expected);

        let wrong = json!({"receipts": [{
            "lead_id": leads[0]["id"], "hash": leads[1]["assignment"]["ledger_hash"],
        }]});
        let asked = ask(&acme.owner, &group, wrong).await.expect(202);
        let found = result(&acme.owner, asked.header("location")).await;
        assert_eq!(found["valid"], false);
        assert_eq!(found["first_invalid"]["problem"], "receipt_differs");
        assert_eq!(found["first_invalid"]["entry"], 3);
        let refused = ask(&acme.owner, &group, json!({"heads": ["a.b.c"]})).await;
        refused.expect_faults(&[("/heads/0", "invalid_signature")]);
    }

    async fn is_for_who_sees_the_rotation(database: Database) {
        let acme = World::start(database).await;
        let [tom] = acme.agents(["Tom"]).await;
        let mia = acme.person("manager", "Mia").await;
        let group = acme.group("Sales", &[&tom]).await;
        let asked = ask(&acme.owner, &group, json!({})).await.expect(202);
        let path = asked.header("location").to_owned();
        mia.get(&path).await.expect(200);
        tom.get(&path).await.expect_problem(403, "permission_denied");
        let globex = acme.second_organization().await;
        globex.owner.get(&path).await.expect_problem(404, "not_found");
    }

    /// The process dies with a part of it noted; the next one goes on behind that.
    async fn of_a_long_ledger_survives_a_crash(database: Database) {
        let mut acme = World::start(database).await;
        let group = acme.group("Sales", &[&acme.owner]).await;
        grow(&acme, &group, 50_001).await;
        acme.server.restart_with(&[("EVENHAND_CRASH_AT", "verification.noted:1")]).await;
        let path = format!("/v1/groups/{group}/distribution/verify");
        let asked = acme.owner.post(&path, json!({})).await.expect(202);
        let path = asked.header("location").to_owned();
        acme.server.ended().await;
        let tamperer = Tamperer::of(&acme.database).await;
        let noted = tamperer.rows("verifications").await.remove(0).number("entries").unwrap();
        assert!(noted > 0 && noted < 50_003, "{noted}");
        // Nobody looks at it again: it was verified before.
        tamperer.run("UPDATE rotation_ledger SET at = at - 1 WHERE entry = 7").await;
        acme.server.start_again(&[]).await;
        let found = result(&acme.owner, &path).await;
        assert_eq!((&found["valid"], &found["entries"]), (&json!(true), &json!(50_003)), "{found}");
        tamperer.run("UPDATE rotation_ledger SET at = at + 1 WHERE entry = 7").await;
        tamperer.done().await;
    }
}
