//! `GET /v1/leads/{id}/activity`.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::collaborators::{add, allow, remove};
use crate::support::world::World;

/// A whole timeline, oldest first, by small pages.
async fn timeline(client: &Client, lead: &str) -> Vec<Value> {
    let first = format!("/v1/leads/{lead}/activity?limit=3");
    let (mut path, mut lines) = (first.clone(), Vec::new());
    loop {
        let page = client.get(&path).await.expect(200);
        lines.extend(page.items());
        match page.json()["next_cursor"].as_str() {
            Some(cursor) => path = format!("{first}&cursor={cursor}"),
            None => break,
        }
    }
    lines.reverse();
    lines
}

/// The lead's fields as its timeline has them: each change has to begin where the one before ended.
fn replayed(lines: &[Value]) -> BTreeMap<String, Value> {
    let mut fields: BTreeMap<String, Value> = BTreeMap::new();
    for line in lines {
        for change in line["changes"].as_array().unwrap() {
            let field = text(&change["field"]);
            let present = fields.get(&field).cloned().unwrap_or(Value::Null);
            let is_first = present.is_null()
                && (matches!(field.as_str(), "archived" | "erased")
                    || change["before"] == json!([]));
            assert!(is_first || change["before"] == present, "{field} of {line}");
            fields.insert(field, change["after"].clone());
        }
    }
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    fields
}

/// The same of a lead as it is shown.
fn shown(lead: &Value) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    for field in [
        "first_name",
        "last_name",
        "email",
        "phone",
        "company",
        "source",
        "product",
        "value",
        "country",
        "external_id",
        "status",
        "tags",
        "owner",
        "collaborators",
    ] {
        fields.insert(field.to_owned(), lead[field].clone());
    }
    for (key, value) in lead["custom_fields"].as_object().unwrap_or(&Map::new()) {
        fields.insert(format!("custom_fields.{key}"), value.clone());
    }
    fields.retain(|_, value| !value.is_null() && *value != json!([]));
    fields
}

both! {
    async fn replayed_it_ends_at_what_the_lead_is(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben, eve] = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let body = json!({
            "first_name": "Lee", "email": "lee@customer.example", "source": "web",
            "value": {"amount_minor": 100, "currency": "GBP"}, "tags": ["spring"],
            "custom_fields": {"plan": "Pro", "age": 40},
            "assignment": {"mode": "distribute", "group_id": group},
        });
        let added = acme.owner.post("/v1/leads", body).await.expect(201).json();
        let id = text(&added["id"]);
        let path = format!("/v1/leads/{id}");
        let owner = format!("{path}/owner");
        acme.owner.patch(&path, json!({"status": "contacted", "phone": "020 7946 0018"})).await
            .expect(200);
        acme.owner.put(&owner, json!({"user_id": ann.id, "note": "Likes tea."})).await.expect(200);
        acme.owner.patch(&path, json!({"custom_fields": {"plan": null, "age": 41, "city": "Bath"},
            "value": null, "tags": ["hot"]})).await.expect(200);
        acme.owner.delete(&owner).await.expect(200);
        allow(&acme, true).await;
        for person in [&tom, &ben, &eve] {
            add(&acme.owner, &id, person).await.expect(200);
        }
        remove(&ben, &id, &ben).await.expect(200);
        acme.owner.delete(&path).await.expect(204);
        acme.owner.request(Method::POST, format!("{path}/restore")).await.expect(200);
        acme.owner.post(format!("{path}/distribute"), json!({"group_id": group})).await.expect(200);
        acme.owner.patch(&path, json!({"email": null, "status": "won", "country": "GB"})).await
            .expect(200);

        let lines = timeline(&acme.owner, &id).await;
        let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
        let expected = ["lead.created", "lead.changed", "lead.assigned", "lead.changed",
            "lead.released", "lead.collaborator_added", "lead.collaborator_added",
            "lead.collaborator_added", "lead.collaborator_removed", "lead.archived", "lead.restored",
            "lead.assigned", "lead.changed"];
        assert_eq!(kinds, expected);
        let lead = acme.owner.get(&path).await.expect(200).json();
        let mut replayed = replayed(&lines);
        assert_eq!(replayed.remove("archived"), Some(json!(false)));
        assert_eq!(replayed, shown(&lead));
        // The first line is the lead as it was added, whatever became of it.
        assert_eq!(self::replayed(&lines[..1]), shown(&added));

        // Every ownership change has its reason, and what was said about it.
        assert_eq!(lines[2]["details"], json!({"note": "Likes tea."}));
        assert_eq!((&lines[2]["data"]["source"], &lines[4]["data"]["reason"]),
                   (&json!("transfer"), &json!("released")));
        assert_eq!((&lines[11]["data"]["source"], &lines[11]["data"]["turn"]),
                   (&json!("distribution"), &json!(2)));
        assert_eq!(lines[1]["actor"]["id"], acme.owner.id);
        assert!(lines.iter().all(|line| line["actor"]["type"] == "user"));
        let ids: Vec<u64> = lines.iter().map(|line| text(&line["id"]).parse().unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }

    async fn whoever_sees_the_lead_sees_its_timeline(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let id = text(&tom.post("/v1/leads", body).await.expect(201).json()["id"]);
        let path = format!("/v1/leads/{id}/activity");
        tom.get(&path).await.expect(200);
        for stranger in [&*ann, &*globex.owner] {
            stranger.get(&path).await.expect_problem(404, "not_found");
        }
        acme.owner.put(format!("/v1/leads/{id}/owner"), json!({"user_id": ann.id})).await.expect(200);
        for person in [&tom, &ann] {
            assert_eq!(person.get(&path).await.expect(200).items().len(), 2);
        }
        tom.get(format!("{path}?limit=0")).await.expect_faults(&[("/limit", "invalid_value")]);
        tom.get(format!("{path}?kind=x")).await.expect_faults(&[("/kind", "unknown_parameter")]);
    }
}
