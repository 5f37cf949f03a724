//! `PATCH /v1/routing-rules/{id}`.

use serde_json::{Value, json};

use super::{PATH, add, from_source, path_of};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn changes_what_is_named_and_raises_the_version(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let target = json!({"user_id": tom.id});
        let rule = add(&acme.owner, "Web", from_source("web"), target.clone()).await;
        let listed = acme.owner.get(PATH).await.expect(200).header("etag").to_owned();
        let change = json!({"name": "Website", "enabled": false});
        let answer = acme.owner.patch(path_of(&rule), change).if_match(&json!(1)).await.expect(200);
        let after = answer.json();
        assert_eq!((&after["name"], &after["version"]), (&json!("Website"), &json!(2)));
        assert_eq!((&after["enabled"], &after["target"]), (&json!(false), &target));
        assert_eq!(after["conditions"], rule["conditions"]);
        assert_eq!(answer.header("etag"), "\"2\"");
        // The list has the version of the settings, which every change raises.
        let relisted = acme.owner.get(PATH).await.expect(200);
        assert_ne!(relisted.header("etag"), listed);
        assert_eq!(relisted.items(), std::slice::from_ref(&after));

        let stale = acme.owner.patch(path_of(&rule), json!({"enabled": true})).if_match(&json!(1));
        stale.await.expect_problem(412, "precondition_failed");
        // Nothing changed, no version.
        let same = acme.owner.patch(path_of(&rule), json!({"name": "Website"})).await.expect(200);
        assert_eq!(same.json(), after);
        let nulls = json!({"enabled": null, "target": null, "conditions": {"all": []}});
        let cleared = acme.owner.patch(path_of(&rule), nulls).await.expect(200).json();
        assert_eq!((&cleared["enabled"], &cleared["target"]), (&json!(true), &Value::Null));
        assert_eq!(cleared["conditions"], json!({"all": []}));
    }

    async fn refuses_what_is_wrong_or_not_there(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let rule = add(&acme.owner, "Tom's", json!({"all": []}), json!({"user_id": tom.id})).await;
        let wrong = json!({"name": null, "conditions": null, "version": 7, "target": {}});
        acme.owner.patch(path_of(&rule), wrong).await.expect_faults(&[
            ("/conditions", "required"),
            ("/name", "required"),
            ("/target", "invalid_value"),
            ("/version", "unknown_field"),
        ]);
        let nowhere = format!("{PATH}/01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00");
        acme.owner.patch(&nowhere, json!({})).await.expect_problem(404, "not_found");
        acme.owner.get(&nowhere).await.expect_problem(404, "not_found");
        let path = format!("/v1/users/{}/deactivate", tom.id);
        acme.owner.post(path, json!({"leads": {"action": "keep"}})).await.expect(200);
        // Who was there when the rule was saved stands in no other change's way.
        acme.owner.patch(path_of(&rule), json!({"name": "Once Tom's"})).await.expect(200);
        let again = acme.owner.patch(path_of(&rule), json!({"target": {"user_id": tom.id}})).await;
        again.expect_faults(&[("/target/user_id", "unknown_user")]);
    }

    async fn is_in_the_audit_log_with_conditions_apart(database: Database) {
        let acme = World::start(database).await;
        let rule = add(&acme.owner, "Web", from_source("web"), Value::Null).await;
        let change = json!({"name": "Website", "conditions": from_source("site")});
        acme.owner.patch(path_of(&rule), change).await.expect(200);
        acme.owner.delete(path_of(&rule)).await.expect(204);
        let log = acme.owner.get("/v1/audit-log?kind=routing_rule.").await.expect(200).items();
        let kinds: Vec<&str> = log.iter().filter_map(|line| line["kind"].as_str()).collect();
        let expected = ["routing_rule.deleted", "routing_rule.changed", "routing_rule.created"];
        assert_eq!(kinds, expected);
        let changed = &log[1];
        assert_eq!(changed["subject"]["id"], rule["id"], "{changed}");
        assert_eq!(changed["data"]["before"]["name"], "Web");
        assert_eq!(changed["data"]["after"]["name"], "Website");
        assert_eq!(changed["details"]["before"]["value"], "web");
        assert_eq!(changed["details"]["after"]["value"], "site");
    }
}
