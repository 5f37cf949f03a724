//! `POST /v1/leads/batch`: who may, and what is refused as a whole.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{all_added, batch, fresh_leads_for, lead_for};
use crate::support::world::World;

const PATH: &str = "/v1/leads/batch";
const MODES: [&str; 2] = ["partial", "atomic"];

both! {
    async fn takes_one_to_a_thousand(database: Database) {
        let acme = World::start(database).await;
        let leads = vec![json!({"first_name": "Lee"}); 1_001];
        let wrong = [
            (batch("partial", &leads), ("/leads", "too_many")),
            (batch("atomic", &leads), ("/leads", "too_many")),
            (batch("partial", &[]), ("/leads", "required")),
            (json!({"mode": "atomic"}), ("/leads", "required")),
            (json!({"leads": {"first_name": "Lee"}}), ("/leads", "invalid_type")),
            (batch("all", &leads[..1]), ("/mode", "invalid_value")),
            (json!({"leads": leads[..1], "dry": true}), ("/dry", "unknown_field")),
        ];
        for (body, fault) in wrong {
            acme.owner.post(PATH, body).await.expect_faults(&[fault]);
        }
        let query = format!("{PATH}?validate_only=true");
        let answer = acme.owner.post(query, batch("partial", &leads[..1])).await;
        answer.expect_faults(&[("/validate_only", "unknown_parameter")]);
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());
        let answer = acme.owner.post(PATH, json!({"leads": leads[..1]})).await.expect(200);
        assert_eq!(all_added(&answer.json()).len(), 1, "partial when nothing is said");
    }

    async fn takes_up_to_eight_mebibytes(database: Database) {
        let acme = World::start(database).await;
        let text = "x".repeat(7_000);
        let lead = json!({"first_name": "Lee", "custom_fields": {"text": text}});
        let leads = vec![lead; 1_000];
        let answer = acme.owner.post(PATH, batch("atomic", &leads)).await.expect(200).json();
        assert_eq!(all_added(&answer).len(), 1_000);
        let larger = vec![b' '; 8 * 1024 * 1024 + 1];
        acme.owner.request(reqwest::Method::POST, PATH).raw_json(larger).await
            .expect_problem(413, "body_too_large");
    }

    async fn is_for_who_may_add_leads(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let reader = acme.integration(&["leads.view"]).await;
        let form = acme.integration(&["leads.create"]).await;
        let to_ann = json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": ann.id}});
        let leads = [json!({"first_name": "Kim"}), to_ann];
        for mode in MODES {
            let refused = reader.post(PATH, batch(mode, &leads)).await;
            let problem = refused.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "leads.create");
        }
        for caller in [&*tom, &*form] {
            let each = caller.post(PATH, batch("partial", &leads)).await.expect(200).json();
            assert_eq!((&each["created"], &each["failed"]), (&json!(1), &json!(1)));
            let problem = &each["data"][1]["problem"];
            assert_eq!(each["data"][1]["status"], 403);
            assert_eq!((&problem["code"], &problem["permission"]),
                (&json!("permission_denied"), &json!("leads.assign")));
            let none = caller.post(PATH, batch("atomic", &leads)).await;
            let problem = none.expect_problem(403, "permission_denied");
            assert_eq!((&problem["permission"], &problem["index"]),
                (&json!("leads.assign"), &json!(1)));
        }
    }

    async fn a_key_gives_its_source_and_distributes_to_its_groups(database: Database) {
        let acme = World::start(database).await;
        let ours = acme.group("Ours", &[&acme.owner]).await;
        let theirs = acme.group("Theirs", &[&acme.owner]).await;
        let form = acme.integration_from(json!({
            "name": "Form", "scopes": ["leads.create"], "source": "form", "group_ids": [ours],
        })).await;
        let mut leads = [lead_for(&ours, 1), lead_for(&theirs, 2)];
        leads[0]["source"] = json!("mine");
        let each = form.post(PATH, batch("partial", &leads)).await.expect(200).json();
        assert_eq!(each["data"][0]["lead"]["source"], "form");
        assert_eq!(each["data"][1]["problem"]["errors"][0]["code"], "unknown_group");
        let none = form.post(PATH, batch("atomic", &leads)).await;
        none.expect_faults(&[("/leads/1/assignment/group_id", "unknown_group")]);
        let all = form.post(PATH, batch("atomic", &fresh_leads_for(&ours, 3))).await.expect(200);
        let sources: Vec<Value> =
            all_added(&all.json()).iter().map(|lead| lead["source"].clone()).collect();
        assert_eq!(sources, ["form", "form", "form"]);
    }

    async fn goes_by_what_holds_now(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let elsewhere = replicas.first().map_or((*acme.owner).clone(), |it| acme.owner.at(it));
        for (mode, name) in MODES.into_iter().zip(["Tom", "Ann"]) {
            let tom = acme.agent(name).await;
            let form = acme.integration(&["leads.create"]).await;
            let body = || batch(mode, &[json!({"first_name": "Lee"})]);
            // The server that takes the leads remembers who they are, and another changes it.
            let routed = all_added(&tom.post(PATH, body()).await.expect(200).json());
            assert_eq!(routed[0]["owner"], Value::Null);
            form.post(PATH, body()).await.expect(200);
            let creator = json!({"auto_assign_creator": true});
            elsewhere.patch("/v1/organization", creator).await.expect(200);
            let added = all_added(&tom.post(PATH, body()).await.expect(200).json());
            assert_eq!(added[0]["owner"]["id"], tom.id);
            elsewhere.patch("/v1/organization", json!({"auto_assign_creator": false})).await
                .expect(200);
            elsewhere.put(format!("/v1/users/{}/permissions", tom.id), json!({"deny": ["leads.create"]}))
                .await.expect(200);
            tom.post(PATH, body()).await.expect_problem(403, "permission_denied");
            elsewhere.delete(format!("/v1/api-keys/{}", form.id)).await.expect(204);
            form.post(PATH, body()).await.expect_problem(401, "invalid_credentials");
            let keyed = form.post(PATH, body()).idempotency_key("k").await;
            keyed.expect_problem(401, "invalid_credentials");
        }
    }
}
