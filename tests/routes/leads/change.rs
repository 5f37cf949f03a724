//! `PATCH /v1/leads/{id}`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::pool::grant;
use crate::support::world::{Person, World};

async fn added(client: &Client, body: Value) -> Value {
    client.post("/v1/leads", body).await.expect(201).json()
}

fn path(lead: &Value) -> String {
    format!("/v1/leads/{}", text(&lead["id"]))
}

fn lee(assignment: &Value) -> Value {
    json!({
        "first_name": "Lee", "email": "lee@customer.example", "phone": "020 7946 0018",
        "source": "web", "external_id": "A1", "value": {"amount_minor": 100, "currency": "GBP"},
        "tags": ["spring"], "custom_fields": {"budget": {"low": 1, "high": 2}, "plan": "Pro"},
        "assignment": assignment,
    })
}

async fn denied(acme: &World, person: &Person, permission: &str) {
    let path = format!("/v1/users/{}/permissions", person.id);
    acme.owner.put(path, json!({"grant": [], "deny": [permission]})).await.expect(200);
}

both! {
    async fn absent_stays_null_clears_and_objects_are_merged(database: Database) {
        let acme = World::start(database).await;
        let lead = added(&acme.owner, lee(&json!({"mode": "none"}))).await;
        let patch = json!({
            "first_name": null, "last_name": "Ng", "company": " Acme ", "status": "qualified",
            "value": {"amount_minor": 250}, "tags": ["hot", "spring"],
            "custom_fields": {"budget": {"low": null}, "plan": null, "age": 40},
        });
        let answer = acme.owner.patch(path(&lead), patch).if_match(&json!(1)).await.expect(200);
        assert_eq!(answer.header("etag"), "\"2\"");
        let changed = answer.json();
        for (field, value) in [
            ("first_name", json!(null)),
            ("last_name", json!("Ng")),
            ("company", json!("Acme")),
            ("status", json!("qualified")),
            ("value", json!({"amount_minor": 250, "currency": "GBP"})),
            ("tags", json!(["hot", "spring"])),
            ("custom_fields", json!({"budget": {"high": 2}, "age": 40})),
            ("version", json!(2)),
        ] {
            assert_eq!(changed[field], value, "{field}");
        }
        for field in ["email", "phone", "phone_e164", "source", "external_id", "owner",
                      "assignment", "created_at", "created_by"] {
            assert_eq!(changed[field], lead[field], "{field}");
        }
        assert_eq!(acme.owner.get(path(&lead)).await.expect(200).json(), changed);
    }

    async fn what_changes_nothing_raises_no_version(database: Database) {
        let acme = World::start(database).await;
        let lead = added(&acme.owner, lee(&json!({"mode": "none"}))).await;
        for patch in [json!({}), json!({"first_name": " Lee ", "custom_fields": {"plan": "Pro"}})] {
            let same = acme.owner.patch(path(&lead), patch).await.expect(200).json();
            assert_eq!((&same["version"], &same["updated_at"]), (&lead["version"], &lead["updated_at"]));
        }
        let activity = acme.owner.get(format!("{}/activity", path(&lead))).await.expect(200).items();
        assert_eq!(activity.len(), 1);
    }

    async fn every_fault_is_named_and_changes_nothing(database: Database) {
        let acme = World::start(database).await;
        let lead = added(&acme.owner, lee(&json!({"mode": "none"}))).await;
        let field = json!({"key": "plan", "label": "Plan", "type": "choice", "options": ["Pro"]});
        acme.owner.post("/v1/custom-fields", field).await.expect(201);
        let patch = json!({
            "email": "nobody", "phone": "12", "status": "lukewarm", "owner": "me",
            "value": {"amount_minor": -1}, "country": "XX", "custom_fields": {"plan": "Gold"},
        });
        acme.owner.patch(path(&lead), patch).await.expect_faults(&[
            ("/owner", "unknown_field"),
            ("/country", "invalid_country"),
            ("/email", "invalid_email"),
            ("/phone", "invalid_phone"),
            ("/value/amount_minor", "invalid_value"),
            ("/status", "unknown_status"),
            ("/custom_fields/plan", "unknown_option"),
        ]);
        let nobody = json!({"first_name": null, "email": null, "phone": null});
        acme.owner.patch(path(&lead), nobody).await.expect_faults(&[("", "contact_required")]);
        acme.owner.patch(path(&lead), json!({"status": null})).await
            .expect_faults(&[("/status", "required")]);
        let stale = acme.owner.patch(path(&lead), json!({"status": "won"})).if_match(&json!(7)).await;
        stale.expect_problem(412, "precondition_failed");
        assert_eq!(acme.owner.get(path(&lead)).await.expect(200).json(), lead);
    }

    async fn only_who_works_on_it_changes_it(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = added(&tom, lee(&json!({"mode": "me"}))).await;
        let change = |client: &Client| client.patch(path(&lead), json!({"product": "Pension"}));
        change(&tom).await.expect(200);
        for stranger in [&*ann, &*globex.owner] {
            change(stranger).await.expect_problem(404, "not_found");
        }
        // Who owned it before may look at it, and no more.
        let to = json!({"user_id": ann.id});
        acme.owner.put(format!("{}/owner", path(&lead)), to).await.expect(200);
        let problem = change(&tom).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.edit");
        denied(&acme, &ann, "leads.edit").await;
        change(&ann).await.expect_problem(403, "permission_denied");
        let reader = acme.integration(&["leads.create", "leads.view"]).await;
        let own = added(&reader, json!({"first_name": "Kim"})).await;
        reader.patch(path(&own), json!({"product": "Pension"})).await
            .expect_problem(403, "permission_denied");
        let writer = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;
        let own = added(&writer, json!({"first_name": "Kim"})).await;
        writer.patch(path(&own), json!({"product": "Pension"})).await.expect(200);
        change(&writer).await.expect_problem(404, "not_found");
    }

    async fn a_key_with_a_source_gives_no_other(database: Database) {
        let acme = World::start(database).await;
        let scopes = ["leads.create", "leads.view", "leads.edit"];
        let key = json!({"name": "Form", "scopes": scopes, "source": "web"});
        let form = acme.integration_from(key).await;
        let lead = added(&form, json!({"first_name": "Kim"})).await;
        form.patch(path(&lead), json!({"source": "post"})).await
            .expect_faults(&[("/source", "invalid_value")]);
        form.patch(path(&lead), json!({"source": "web", "product": "Pension"})).await.expect(200);
        let moved = acme.owner.patch(path(&lead), json!({"source": "post"})).await.expect(200);
        assert_eq!(moved.json()["source"], "post");
        form.patch(path(&lead), json!({"product": null})).await.expect(200);
    }

    async fn an_external_id_is_given_up_and_taken(database: Database) {
        let acme = World::start(database).await;
        let first = added(&acme.owner, lee(&json!({"mode": "none"}))).await;
        let body = json!({"first_name": "Kim", "source": "web", "external_id": "A2"});
        let second = added(&acme.owner, body).await;
        let taken = acme.owner.patch(path(&second), json!({"external_id": "A1"})).await;
        taken.expect_problem(409, "external_id_taken");
        // Another source has ids of its own.
        let elsewhere = json!({"source": "post", "external_id": "A1"});
        acme.owner.patch(path(&second), elsewhere).await.expect(200);
        acme.owner.patch(path(&second), json!({"source": "web"})).await
            .expect_problem(409, "external_id_taken");
        acme.owner.patch(path(&first), json!({"external_id": null})).await.expect(200);
        acme.owner.patch(path(&second), json!({"source": "web"})).await.expect(200);
        let again = json!({"first_name": "Max", "source": "web", "external_id": "A1"});
        acme.owner.post("/v1/leads", again).await.expect_problem(409, "external_id_taken");
        let free = json!({"first_name": "Max", "source": "web", "external_id": "A2"});
        acme.owner.post("/v1/leads", free).await.expect(201);
    }

    async fn a_person_is_known_by_what_their_latest_lead_has(database: Database) {
        let acme = World::start(database).await;
        let none = json!({"mode": "none"});
        let of = |email: &str| json!({"first_name": "Lee", "email": email, "assignment": none});
        let first = added(&acme.owner, of("old@customer.example")).await;
        let second = added(&acme.owner, of("old@customer.example")).await;
        assert_eq!(second["duplicate_of"], first["id"]);
        acme.owner.patch(path(&second), json!({"email": "new@customer.example"})).await.expect(200);
        // The new address is the second lead's; the old one is the first one's again.
        let third = added(&acme.owner, of("new@customer.example")).await;
        assert_eq!(third["duplicate_of"], second["id"]);
        let fourth = added(&acme.owner, of("old@customer.example")).await;
        assert_eq!(fourth["duplicate_of"], first["id"]);
        // Given up by the only lead that had it, it is nobody's.
        acme.owner.patch(path(&third), json!({"email": "other@customer.example"})).await.expect(200);
        acme.owner.patch(path(&second), json!({"email": null})).await.expect(200);
        let fifth = added(&acme.owner, of("new@customer.example")).await;
        assert_eq!(fifth["duplicate_of"], Value::Null);
    }

    async fn writers_at_once_lose_nothing(database: Database) {
        let acme = World::start(database).await;
        let lead = added(&acme.owner, lee(&json!({"mode": "none"}))).await;
        let mut writing = JoinSet::new();
        for number in 0..12 {
            let (client, path) = (acme.owner.on_a_new_connection(), path(&lead));
            writing.spawn(async move {
                let patch = json!({"custom_fields": {format!("key{number}"): number},
                                   "email": format!("lee{number}@customer.example")});
                client.patch(path, patch).await.expect(200);
            });
        }
        writing.join_all().await;
        let after = acme.owner.get(path(&lead)).await.expect(200).json();
        assert_eq!(after["version"], 13);
        for number in 0..12 {
            assert_eq!(after["custom_fields"][format!("key{number}")], number);
        }
        // Of those who name the version that they saw, one wins.
        let mut writing = JoinSet::new();
        for status in ["won", "lost", "contacted", "qualified"] {
            let (client, path) = (acme.owner.on_a_new_connection(), path(&lead));
            writing.spawn(async move {
                let patch = client.patch(path, json!({"status": status})).if_match(&json!(13)).await;
                patch.status.as_u16()
            });
        }
        let mut statuses = writing.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412]);
    }

    async fn agents_who_are_granted_to_see_a_team_s_leads_change_them(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        acme.team("Blue", &[], &[&tom, &ann]).await;
        let lead = added(&tom, lee(&json!({"mode": "me"}))).await;
        grant(&acme, &[&ann], &["leads.view_team"]).await;
        ann.patch(path(&lead), json!({"product": "Pension"})).await.expect(200);
    }
}
