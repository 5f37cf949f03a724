//! `PUT /v1/routing-rules/order`.

use serde_json::{Value, json};

use super::{PATH, add, names};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn the_first_that_matches_decides(database: Database) {
        let acme = World::start(database).await;
        let path = format!("{PATH}/order");
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            let rule = add(&acme.owner, name, json!({"all": []}), Value::Null).await;
            ids.push(rule["id"].clone());
        }
        let post = || acme.owner.post("/v1/leads", json!({"first_name": "Lee"}));
        assert_eq!(post().await.expect(201).json()["rule"]["id"], ids[0]);
        let listed = acme.owner.get(PATH).await.expect(200);
        let version: Value = listed.header("etag").trim_matches('"').parse::<i64>().unwrap().into();
        let order = json!({"rule_ids": [ids[2], ids[0], ids[1]]});
        let answer = acme.owner.put(&path, order.clone()).if_match(&version).await.expect(200);
        assert_eq!(answer.items()[0]["name"], "C");
        assert_eq!(names(&acme.owner).await, ["C", "A", "B"]);
        let lead = post().await.expect(201).json();
        assert_eq!(lead["rule"], json!({"id": ids[2], "version": 1}));
        let stale = acme.owner.put(&path, order).if_match(&version).await;
        stale.expect_problem(412, "precondition_failed");

        for other in [json!([ids[0], ids[1]]), json!([ids[0], ids[1], acme.id])] {
            let refused = acme.owner.put(&path, json!({"rule_ids": other})).await;
            refused.expect_problem(409, "other_rules");
        }
        let wrong = json!({"rule_ids": [ids[0], ids[0], "x"]});
        acme.owner.put(&path, wrong).await.expect_faults(&[
            ("/rule_ids/1", "duplicate"),
            ("/rule_ids/2", "invalid_value"),
        ]);
        assert_eq!(names(&acme.owner).await, ["C", "A", "B"]);
        let log = acme.owner.get("/v1/audit-log?kind=routing.reordered").await.expect(200).items();
        assert_eq!(log.len(), 1);
        assert_eq!(log[0]["data"]["after"], json!([ids[2], ids[0], ids[1]]));
    }
}
