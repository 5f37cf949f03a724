//! `POST /v1/leads/{id}/erase`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::dump::{dump, holds};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

/// What is known of one person, and of nobody else.
const PERSON: [&str; 8] = [
    "Zebediah",
    "Quillfeather",
    "zebediah.q@customer.example",
    "7946 0018",
    "442079460018",
    "Quillfeather & Daughters",
    "crm-4711-q",
    "collects antique barometers",
];

async fn erase(client: &Client, lead: &str) -> crate::support::answer::Answer {
    client.request(Method::POST, format!("/v1/leads/{lead}/erase")).await
}

fn zebediah(group: &str) -> Value {
    json!({
        "first_name": PERSON[0], "last_name": PERSON[1], "email": PERSON[2],
        "phone": "020 7946 0018", "company": PERSON[5], "source": "web",
        "external_id": PERSON[6], "tags": ["Quillfeather's"], "product": "Pension",
        "value": {"amount_minor": 100, "currency": "GBP"},
        "custom_fields": {"hobby": PERSON[7]},
        "assignment": {"mode": "distribute", "group_id": group},
    })
}

both! {
    async fn nothing_of_the_person_is_left_and_the_ledger_verifies(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let form = acme.integration(&["leads.create"]).await;
        let posted = form.post("/v1/leads", zebediah(&group)).idempotency_key("once").await.expect(201);
        let id = text(&posted.json()["id"]);
        let path = format!("/v1/leads/{id}");
        let patch = json!({"first_name": "Zeb-Zebediah", "status": "qualified",
                           "custom_fields": {"hobby": null, "wish": PERSON[7]}});
        acme.owner.patch(&path, patch).await.expect(200);
        let note = json!({"user_id": ann.id, "note": "Ask for Zebediah Quillfeather."});
        acme.owner.put(format!("{path}/owner"), note).await.expect(200);
        let before = dump(&acme.database).await;
        assert!(holds(&before, PERSON[1]) && holds(&before, PERSON[7]));

        let lead = acme.owner.get(&path).await.expect(200).json();
        let erased = erase(&acme.owner, &id).await.expect(200).json();
        for field in ["first_name", "last_name", "email", "phone", "phone_e164", "company",
                      "external_id"] {
            assert_eq!(erased[field], Value::Null, "{field}");
        }
        assert_eq!((&erased["tags"], &erased["custom_fields"]), (&json!([]), &json!({})));
        for field in ["id", "owner", "status", "source", "product", "value", "assignment",
                      "created_at", "created_by", "group_id"] {
            assert_eq!(erased[field], lead[field], "{field}");
        }
        assert!(erased["erased_at"].is_string() && erased["archived_at"].is_string());
        assert_eq!(erased["allowed_actions"], json!(["read"]));

        let after = dump(&acme.database).await;
        for word in PERSON {
            assert!(!holds(&after, word), "{word}");
        }
        let of_the_lead = [format!("{path}/activity"), format!("{path}/assignments"), path.clone()];
        for path in &of_the_lead {
            let answer = acme.owner.get(path).await.expect(200);
            let told = answer.json().to_string();
            for word in PERSON {
                assert!(!told.contains(word), "{word} in {told}");
            }
        }
        // What was changed is still told, without the words.
        let activity = acme.owner.get(&of_the_lead[0]).await.expect(200).items();
        assert_eq!(activity[0]["kind"], "lead.erased");
        let changed = activity.iter().find(|line| line["kind"] == "lead.changed").unwrap();
        let status = changed["changes"].as_array().unwrap().iter()
            .find(|change| change["field"] == "status").unwrap();
        assert_eq!((&status["before"], &status["after"]), (&json!("new"), &json!("qualified")));
        assert_eq!(changed["changes"].as_array().unwrap().len(), 4);

        // The turn remains, and whoever asks again for the lead they added is told that it is gone.
        let told = acme.owner.get(format!("/v1/groups/{group}/distribution/ledger")).await.expect(200);
        assert!(told.items().iter().any(|entry| entry["lead_id"] == json!(id)));
        let verified = acme.owner.post(format!("/v1/groups/{group}/distribution/verify"), json!({}))
            .await.expect(200).json();
        assert_eq!((&verified["valid"], &verified["turns"]), (&json!(true), &json!(1)));
        let again = form.post("/v1/leads", zebediah(&group)).idempotency_key("once").await;
        again.expect_problem(410, "erased");

        // The person may come again, as somebody new.
        let new = form.post("/v1/leads", zebediah(&group)).await.expect(201).json();
        assert_eq!((&new["duplicate_of"], &new["assignment"]["turn"]), (&Value::Null, &json!(2)));
    }

    async fn it_is_for_good_and_for_few(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let mia = acme.person("manager", "Mia").await;
        let [tom] = acme.agents(["Tom"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let id = text(&tom.post("/v1/leads", body).await.expect(201).json()["id"]);
        for person in [&tom, &mia] {
            let problem = erase(person, &id).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "leads.erase");
        }
        erase(&globex.owner, &id).await.expect_problem(404, "not_found");
        let stale = acme.owner.request(Method::POST, format!("/v1/leads/{id}/erase"));
        stale.if_match(&json!(9)).await.expect_problem(412, "precondition_failed");
        let erased = erase(&acme.owner, &id).await.expect(200).json();
        assert_eq!(erase(&acme.owner, &id).await.expect(200).json(), erased);
        let restore = format!("/v1/leads/{id}/restore");
        acme.owner.request(Method::POST, restore).await.expect_problem(409, "lead_erased");
        let change = json!({"first_name": "Lee"});
        acme.owner.patch(format!("/v1/leads/{id}"), change).await.expect_problem(409, "lead_archived");
    }

    async fn the_earlier_lead_of_the_person_is_found_again(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[&tom]).await;
        let body = json!({"first_name": "Lee", "email": "lee@customer.example",
                          "assignment": {"mode": "distribute", "group_id": group}});
        let first = acme.owner.post("/v1/leads", body.clone()).await.expect(201).json();
        let second = acme.owner.post("/v1/leads", body.clone()).await.expect(201).json();
        assert_eq!(second["duplicate_of"], first["id"]);
        erase(&acme.owner, &text(&second["id"])).await.expect(200);
        let third = acme.owner.post("/v1/leads", body).await.expect(201).json();
        assert_eq!(third["duplicate_of"], first["id"]);
        expect_sound_ledger(&acme, &group).await;
    }
}
