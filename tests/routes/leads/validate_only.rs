//! `POST /v1/leads?validate_only=true`: what would become of a lead.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::distribution;
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const ASK: &str = "/v1/leads?validate_only=true";

/// Adds a rule for the leads of a source; what was answered.
async fn rule_for(client: &Client, source: &str, target: Value) -> Value {
    let conditions = json!({"field": "source", "operator": "eq", "value": source});
    let body = json!({"name": source, "conditions": conditions, "target": target});
    client.post("/v1/routing-rules", body).await.expect(201).json()
}

both! {
    async fn answers_what_then_happens_and_changes_nothing(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group_with_limits("Sales", &[&tom, &ann], 1, 0).await;
        let form = acme.integration(&["leads.create", "leads.view"]).await;
        let lead = |name: &str, assignment: Value| {
            json!({
                "email": format!("{name}@customer.example"), "external_id": name,
                "assignment": assignment,
            })
        };
        let to_sales = || json!({"mode": "distribute", "group_id": sales});
        let posted = [
            lead("lee", to_sales()),
            // A duplicate, somebody else, one too many, and one whom nobody asks to be dealt.
            json!({"email": "LEE@customer.example", "assignment": to_sales()}),
            lead("kim", to_sales()),
            lead("sam", to_sales()),
            lead("eve", json!({"mode": "none"})),
        ];
        for (number, lead) in posted.into_iter().enumerate() {
            let key = format!("key-{number}");
            let before = distribution(&acme.owner, &sales).await;
            let mut told = Vec::new();
            for _ in 0..2 {
                let answer = form.post(ASK, lead.clone()).idempotency_key(&key).await.expect(200);
                assert_eq!(answer.header("idempotency-replayed"), "");
                assert_eq!((answer.header("location"), answer.header("etag")), ("", ""));
                told.push(answer.json());
            }
            assert_eq!(told[0], told[1]);
            assert_eq!(distribution(&acme.owner, &sales).await, before);
            assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), number);
            let made = form.post("/v1/leads", lead).idempotency_key(&key).await.expect(201).json();
            for member in ["owner", "group_id", "team_id", "duplicate_of", "rule"] {
                assert_eq!(told[0].get(member), Some(&made[member]), "{member} of {made}");
            }
            for member in ["outcome", "source", "reason", "rotation_id", "turn"] {
                let would_be = told[0]["assignment"].get(member);
                assert_eq!(would_be, Some(&made["assignment"][member]), "{member} of {made}");
            }
        }
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn names_the_rule_that_would_send_it_there(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        let web = rule_for(&acme.owner, "web", json!({"group_id": sales})).await;
        let spam = rule_for(&acme.owner, "spam", Value::Null).await;
        let expected = [
            ("web", json!({"id": web["id"], "version": 1})),
            ("spam", json!({"id": spam["id"], "version": 1})),
            ("fair", Value::Null),
        ];
        for (source, rule) in expected {
            let lead = json!({"first_name": "Lee", "source": source});
            let told = acme.owner.post(ASK, lead.clone()).await.expect(200).json();
            assert_eq!(told.get("rule"), Some(&rule), "{told}");
            let made = acme.owner.post("/v1/leads", lead).await.expect(201).json();
            assert_eq!(made["rule"], rule);
        }
        // Who is asked to be dealt by a group does not ask the rules.
        let asked = json!({"first_name": "Lee", "source": "web", "assignment": {"mode": "distribute", "group_id": sales}});
        assert_eq!(acme.owner.post(ASK, asked).await.expect(200).json()["rule"], Value::Null);
    }

    async fn meets_the_problems_that_adding_would(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let faulty = acme.owner.post(ASK, json!({"email": "nobody"})).await;
        faulty.expect_faults(&[("/email", "invalid_email")]);
        let query = acme.owner.post("/v1/leads?validate_only=maybe", json!({"first_name": "Lee"}));
        query.await.expect_faults(&[("/validate_only", "invalid_value")]);
        let unknown = acme.owner.post("/v1/leads?dry=true", json!({"first_name": "Lee"})).await;
        assert_eq!(unknown.faults()[0].1, "unknown_parameter");
        let to = |user: &str| json!({
            "first_name": "Lee", "assignment": {"mode": "user", "user_id": user},
        });
        tom.post(ASK, to(&acme.owner.id)).await.expect_problem(403, "permission_denied");
        let nobody = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e00";
        let unknown = acme.owner.post(ASK, to(nobody)).await;
        unknown.expect_faults(&[("/assignment/user_id", "unknown_user")]);

        acme.owner.patch("/v1/organization", json!({"duplicate_policy": "reject"})).await.expect(200);
        let lee = json!({"email": "lee@customer.example", "external_id": "form-17"});
        let made = acme.owner.post("/v1/leads", lee.clone()).await.expect(201).json();
        let twice = acme.owner.post(ASK, lee).await;
        twice.expect_problem(409, "external_id_taken");
        let again = acme.owner.post(ASK, json!({"email": "lee@customer.example"})).await;
        assert_eq!(again.expect_problem(409, "duplicate_lead")["lead_id"], made["id"]);
        let tom_asks = tom.post(ASK, json!({"email": "lee@customer.example"})).await;
        assert_eq!(tom_asks.expect_problem(409, "duplicate_lead")["lead_id"], Value::Null);
    }
}
