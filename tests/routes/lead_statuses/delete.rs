//! `DELETE /v1/lead-statuses/{key}`.

use serde_json::json;

use super::{PATH, keys, status};
use crate::support::both;
use crate::support::world::World;

both! {
    async fn only_a_status_without_leads_can_go(database: Database) {
        let acme = World::start(database).await;
        let lead = json!({
            "first_name": "Lee", "status": "qualified", "assignment": {"mode": "none"},
        });
        acme.owner.post("/v1/leads", lead.clone()).await.expect(201);
        let used = acme.owner.delete(format!("{PATH}/qualified")).await;
        let problem = used.expect_problem(409, "status_in_use");
        assert!(problem["detail"].as_str().unwrap().starts_with("1 leads"), "{problem}");

        let before = status(&acme.owner, "contacted").await;
        let path = format!("{PATH}/contacted");
        let stale = acme.owner.delete(&path).if_match(&json!(before["version"].as_i64().unwrap() - 1));
        stale.await.expect_problem(412, "precondition_failed");
        acme.owner.delete(&path).if_match(&before["version"]).await.expect(204);
        assert_eq!(keys(&acme.owner).await, ["new", "qualified", "won", "lost"]);
        acme.owner.delete(&path).await.expect_problem(404, "not_found");
        let gone = json!({"first_name": "Lee", "status": "contacted"});
        acme.owner.post("/v1/leads", gone).await.expect_faults(&[("/status", "unknown_status")]);
        let filter = acme.owner.get("/v1/leads?status=contacted").await;
        filter.expect_faults(&[("/status", "unknown_status")]);
    }

    async fn leads_come_into_the_one_that_replaces_it(database: Database) {
        let acme = World::start(database).await;
        let lead = json!({
            "first_name": "Lee", "status": "qualified", "assignment": {"mode": "none"},
        });
        let lead = acme.owner.post("/v1/leads", lead).await.expect(201).json();
        let path = format!("/v1/leads/{}", lead["id"].as_str().unwrap());
        for (other, code) in [("qualified", "unknown_status"), ("warm", "unknown_status")] {
            let refused = acme.owner.delete(format!("{PATH}/qualified?replaced_by={other}")).await;
            refused.expect_faults(&[("/replaced_by", code)]);
        }
        acme.owner.delete(format!("{PATH}/qualified?replaced_by=contacted")).await.expect(204);
        let moved = acme.owner.get(&path).await.expect(200).json();
        assert_eq!((&moved["status"], &moved["version"]), (&json!("contacted"), &json!(2)));
        let told = acme.owner.get(format!("{path}/activity")).await.expect(200).items();
        let change = json!({"field": "status", "before": "qualified", "after": "contacted"});
        assert_eq!((&told[0]["kind"], &told[0]["changes"]), (&json!("lead.changed"), &json!([change])));
        assert_eq!(told[0]["actor"]["id"], acme.owner.id);
    }

    async fn the_last_open_one_stays(database: Database) {
        let acme = World::start(database).await;
        for key in ["contacted", "qualified", "won", "lost"] {
            acme.owner.delete(format!("{PATH}/{key}")).await.expect(204);
        }
        acme.owner.delete(format!("{PATH}/new")).await.expect_problem(409, "last_open_status");
        let agent = acme.agent("Tom").await;
        agent.delete(format!("{PATH}/new")).await.expect_problem(403, "permission_denied");
    }
}
