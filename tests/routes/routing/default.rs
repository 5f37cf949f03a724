//! `GET` and `PUT /v1/routing-rules/default`.

use serde_json::{Value, json};

use super::{PATH, add, from_source};
use crate::support::both;
use crate::support::leads::{expect_strict_order, owner};
use crate::support::world::World;

both! {
    async fn gets_the_leads_that_no_rule_is_for(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        add(&acme.owner, "Web", from_source("web"), Value::Null).await;
        let path = format!("{PATH}/default");
        let before = acme.owner.get(&path).await.expect(200).json();
        assert_eq!(before["target"], Value::Null);
        let body = json!({"target": {"group_id": group}});
        let set = acme.owner.put(&path, body.clone()).if_match(&before["version"]).await.expect(200);
        assert_eq!(set.json()["target"], body["target"]);
        assert_eq!(set.header("etag"), format!("\"{}\"", set.json()["version"]));
        assert_eq!(acme.owner.get(&path).await.expect(200).json(), set.json());
        let stale = acme.owner.put(&path, body).if_match(&before["version"]).await;
        stale.expect_problem(412, "precondition_failed");

        let mut leads = Vec::new();
        for _ in 0..3 {
            let lead = acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201);
            leads.push(lead.json());
        }
        expect_strict_order(&leads, &[&tom.id, &ann.id]);
        assert_eq!((&leads[0]["rule"], &leads[0]["group_id"]), (&Value::Null, &json!(group)));
        let web = json!({"first_name": "Lee", "source": "web"});
        let web = acme.owner.post("/v1/leads", web).await.expect(201).json();
        assert_eq!(web["assignment"]["reason"], "rule_says_nobody");

        acme.owner.put(&path, json!({"target": {"user_id": ann.id}})).await.expect(200);
        let lead = acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201);
        assert_eq!(owner(&lead.json()), ann.id);
        acme.owner.put(&path, json!({"target": null})).await.expect(200);
        let lead = acme.owner.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201);
        assert_eq!(lead.json()["assignment"]["reason"], "no_rule_matched");
        acme.owner.put(&path, json!({})).await.expect_faults(&[("/target", "required")]);
        let globex = acme.second_organization().await;
        assert_eq!(globex.owner.get(&path).await.expect(200).json()["target"], Value::Null);
    }
}
