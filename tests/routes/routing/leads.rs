//! `POST /v1/leads` with `"mode": "route"`, or without a mode.

use serde_json::{Value, json};

use super::{PATH, add, from_source, path_of};
use crate::support::answer::text;
use crate::support::both;
use crate::support::leads::{expect_strict_order, owner};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

fn from(source: &str) -> Value {
    json!({"first_name": "Lee", "source": source})
}

both! {
    async fn goes_where_its_rule_says(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, zoe] = acme.agents(["Tom", "Ann", "Zoe"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let web = add(&acme.owner, "Web", from_source("web"), json!({"group_id": group})).await;
        let vip = add(&acme.owner, "VIP", from_source("vip"), json!({"user_id": zoe.id})).await;
        let spam = add(&acme.owner, "Spam", from_source("spam"), Value::Null).await;
        acme.owner.patch(path_of(&vip), json!({"name": "VIPs"})).await.expect(200);
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;

        let mut dealt = Vec::new();
        for client in [&*form, &*acme.owner, &*tom] {
            dealt.push(client.post("/v1/leads", from("web")).await.expect(201).json());
        }
        expect_strict_order(&dealt, &[&tom.id, &ann.id]);
        for lead in &dealt {
            assert_eq!(lead["rule"], json!({"id": web["id"], "version": 1}));
            assert_eq!((&lead["group_id"], &lead["assignment"]["source"]),
                (&json!(group), &json!("distribution")));
        }
        let mut named = from("vip");
        named["assignment"] = json!({"mode": "route"});
        let lead = form.post("/v1/leads", named).await.expect(201).json();
        assert_eq!(owner(&lead), zoe.id);
        assert_eq!(lead["rule"], json!({"id": vip["id"], "version": 2}));
        let assignment = &lead["assignment"];
        assert_eq!((&assignment["source"], &assignment["outcome"]),
            (&json!("distribution"), &json!("assigned")));
        assert_eq!((&assignment["rotation_id"], &assignment["turn"]), (&Value::Null, &Value::Null));
        assert_eq!((&lead["group_id"], &lead["team_id"]), (&Value::Null, &Value::Null));

        let lead = form.post("/v1/leads", from("spam")).await.expect(201).json();
        assert_eq!(lead["rule"]["id"], spam["id"]);
        assert_eq!((&lead["owner"], &lead["assignment"]["reason"]),
            (&Value::Null, &json!("rule_says_nobody")));
        let lead = form.post("/v1/leads", from("fair")).await.expect(201).json();
        assert_eq!(lead["rule"], Value::Null);
        assert_eq!(lead["assignment"]["reason"], "no_rule_matched");
        // What it was dealt by a rule is a turn like any other.
        let body = json!({"first_name": "Lee", "source": "web",
            "assignment": {"mode": "distribute", "group_id": group}});
        let lead = form.post("/v1/leads", body).await.expect(201).json();
        assert_eq!((owner(&lead), &lead["rule"]), (ann.id.clone(), &Value::Null));
        let read = acme.owner.get("/v1/leads").await.expect(200).items();
        assert_eq!(read[read.len() - 1]["rule"], dealt[0]["rule"]);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn a_change_holds_from_the_next_lead_on(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create", "leads.view_all"]).await;
        let other = replicas.first().map_or_else(|| (*form).clone(), |replica| form.at(replica));
        let rule = add(&acme.owner, "All", json!({"all": []}), json!({"user_id": tom.id})).await;
        for round in 0..3_i64 {
            for client in [&*form, &other] {
                let lead = client.post("/v1/leads", from("web")).await.expect(201).json();
                assert_eq!(owner(&lead), if round % 2 == 0 { &*tom.id } else { &*ann.id });
                assert_eq!(lead["rule"]["version"], round + 1);
            }
            let next = if round % 2 == 0 { &ann.id } else { &tom.id };
            let change = json!({"target": {"user_id": next}});
            acme.owner.patch(path_of(&rule), change).await.expect(200);
        }
        acme.owner.patch(path_of(&rule), json!({"enabled": false})).await.expect(200);
        let lead = other.post("/v1/leads", from("web")).await.expect(201).json();
        assert_eq!(lead["assignment"]["reason"], "no_rule_matched");
        acme.ends_in_order(replicas).await;
    }

    async fn a_user_who_left_gets_nothing(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let rule = add(&acme.owner, "Tom's", json!({"all": []}), json!({"user_id": tom.id})).await;
        let path = format!("/v1/users/{}/deactivate", tom.id);
        acme.owner.post(path, json!({"leads": {"action": "keep"}})).await.expect(200);
        let lead = acme.owner.post("/v1/leads", from("web")).await.expect(201).json();
        assert_eq!((&lead["owner"], &lead["rule"]["id"]), (&Value::Null, &rule["id"]));
        assert_eq!(lead["assignment"]["reason"], "target_unavailable");
        assert_eq!((&lead["assignment"]["outcome"], &lead["assignment"]["source"]),
            (&json!("unassigned"), &Value::Null));
    }

    /// A key that may distribute to one group only cannot choose another; the rules can.
    async fn rules_send_the_leads_of_a_bound_key_anywhere(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let (own, other) = (acme.group("Own", &[&tom]).await, acme.group("Other", &[&ann]).await);
        add(&acme.owner, "All", json!({"all": []}), json!({"group_id": other})).await;
        let form = acme.integration_from(json!({
            "name": "Form", "scopes": ["leads.create"], "source": "form", "group_ids": [own],
        })).await;
        let lead = form.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!((owner(&lead), &lead["group_id"]), (ann.id.clone(), &json!(other)));
        let body = json!({"first_name": "Lee",
            "assignment": {"mode": "distribute", "group_id": other}});
        form.post("/v1/leads", body).await.expect_faults(
            &[("/assignment/group_id", "unknown_group")]);
    }

    async fn who_adds_it_counts(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create"]).await;
        let by_key = json!({"field": "creator_type", "operator": "eq", "value": "api_key"});
        let by_tom = json!({"field": "creator_id", "operator": "eq", "value": tom.id});
        add(&acme.owner, "Keys'", by_key, json!({"user_id": ann.id})).await;
        add(&acme.owner, "Tom's", by_tom, json!({"user_id": tom.id})).await;
        let lead = |client: crate::support::client::Client| async move {
            client.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json()
        };
        assert_eq!(owner(&lead((*form).clone()).await), ann.id);
        assert_eq!(owner(&lead((*tom).clone()).await), tom.id);
        assert_eq!(lead((*ann).clone()).await["owner"], Value::Null);
    }

    async fn only_the_first_decision_tells_the_rule(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let rule = add(&acme.owner, "All", json!({"all": []}), json!({"user_id": tom.id})).await;
        let lead = acme.owner.post("/v1/leads", from("web")).await.expect(201).json();
        let path = format!("/v1/leads/{}", text(&lead["id"]));
        acme.owner.put(format!("{path}/owner"), json!({"user_id": ann.id})).await.expect(200);
        let history = acme.owner.get(format!("{path}/assignments")).await.expect(200).items();
        assert_eq!(history.len(), 2);
        assert_eq!(history[0]["rule"], Value::Null);
        let told = json!({"id": rule["id"], "name": "All", "version": 1});
        assert_eq!(history[1]["rule"], told);
        let other = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let other = acme.owner.post("/v1/leads", other).await.expect(201).json();
        assert_eq!(other["rule"], Value::Null);
        let path = format!("/v1/leads/{}/assignments", text(&other["id"]));
        assert_eq!(acme.owner.get(path).await.expect(200).items()[0]["rule"], Value::Null);
        assert!(acme.owner.get(PATH).await.expect(200).items().len() == 1);
    }
}
