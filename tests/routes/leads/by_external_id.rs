//! `PUT` and `GET /v1/leads/by-external-id/{source}/{external_id}`.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const A1: &str = "/v1/leads/by-external-id/web/A1";

fn lead(id: &Value) -> String {
    format!("/v1/leads/{}", text(&id["id"]))
}

fn to_group(group: &str) -> Value {
    json!({"mode": "distribute", "group_id": group})
}

fn lee(assignment: &Value) -> Value {
    json!({
        "first_name": "Lee", "email": "lee@customer.example", "company": "Acme", "tags": ["spring"],
        "value": {"amount_minor": 100, "currency": "GBP"}, "custom_fields": {"plan": "Pro", "age": 40},
        "assignment": assignment,
    })
}

async fn denied(acme: &World, person: &str, permission: &str) {
    let path = format!("/v1/users/{person}/permissions");
    acme.owner.put(path, json!({"grant": [], "deny": [permission]})).await.expect(200);
}

both! {
    async fn the_first_adds_it_and_the_next_change_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let service = acme.group("Service", &[&ann]).await;
        let form = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;

        let answer = form.put(A1, lee(&to_group(&sales))).await.expect(201);
        let added = answer.json();
        assert_eq!((answer.header("location"), answer.header("etag")), (&*lead(&added), "\"1\""));
        assert_eq!((&added["source"], &added["external_id"]), (&json!("web"), &json!("A1")));
        assert_eq!((owner(&added), &added["assignment"]["turn"]), (tom.id.clone(), &json!(1)));

        // What is absent stays, null clears, objects are merged; whose it is stays what it was.
        let change = json!({
            "source": "web", "external_id": "A1", "first_name": null, "last_name": "Ng",
            "status": "qualified", "value": {"amount_minor": 250}, "tags": [],
            "custom_fields": {"age": null, "city": "Leeds"}, "assignment": to_group(&service),
        });
        let answer = form.put(A1, change.clone()).await.expect(200);
        assert_eq!(answer.header("etag"), "\"2\"");
        let changed = answer.json();
        for (field, value) in [
            ("first_name", json!(null)),
            ("last_name", json!("Ng")),
            ("email", json!("lee@customer.example")),
            ("company", json!("Acme")),
            ("status", json!("qualified")),
            ("value", json!({"amount_minor": 250, "currency": "GBP"})),
            ("tags", json!([])),
            ("custom_fields", json!({"plan": "Pro", "city": "Leeds"})),
            ("version", json!(2)),
        ] {
            assert_eq!(changed[field], value, "{field}");
        }
        for field in ["id", "source", "external_id", "owner", "group_id", "assignment", "created_by"] {
            assert_eq!(changed[field], added[field], "{field}");
        }
        // Once more changes nothing.
        let same = form.put(A1, change).await.expect(200);
        assert_eq!((same.header("etag"), &same.json()), ("\"2\"", &changed));
        let read = form.get(A1).await.expect(200);
        assert_eq!((read.header("etag"), &read.json()), ("\"2\"", &changed));
        assert_eq!(&form.get(lead(&added)).await.expect(200).json(), &changed);
        let activity = acme.owner.get(format!("{}/activity", lead(&added))).await.expect(200).items();
        let kinds: Vec<String> = activity.iter().map(|line| text(&line["kind"])).collect();
        assert_eq!(kinds, ["lead.changed", "lead.created"]);
        assert_eq!(distribution(&acme.owner, &sales).await["turn"], 1);
        assert_eq!(distribution(&acme.owner, &service).await["turn"], 0);
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn any_text_is_an_external_id(database: Database) {
        let acme = World::start(database).await;
        let mut leads = Vec::new();
        for (path, source, external_id) in [
            ("web/A1", "web", "A1"),
            ("Web/A1", "Web", "A1"),
            ("web/a1", "web", "a1"),
            ("w%65b/A%32", "web", "A2"),
            ("web%2FA1/x", "web/A1", "x"),
            ("web/A1%2Fx%2F", "web", "A1/x/"),
            ("notes/owner", "notes", "owner"),
            ("web/%25", "web", "%"),
            ("web/%2525", "web", "%25"),
            ("web/a+b", "web", "a+b"),
            ("web/a%20b%3F%23%26", "web", "a b?#&"),
            ("web/a%2Bc", "web", "a+c"),
            ("%C3%BCber/%F0%9F%A6%A6", "über", "🦦"),
            ("web/%E2%82%AC;v=1", "web", "€;v=1"),
        ] {
            let path = format!("/v1/leads/by-external-id/{path}");
            acme.owner.get(&path).await.expect_problem(404, "not_found");
            let made = acme.owner.put(&path, json!({"first_name": "Lee"})).await.expect(201).json();
            assert_eq!((&made["source"], &made["external_id"]), (&json!(source), &json!(external_id)));
            assert_eq!(acme.owner.get(&path).await.expect(200).json()["id"], made["id"], "{path}");
            let body = json!({"source": source, "external_id": external_id, "status": "won"});
            let changed = acme.owner.put(&path, body).await.expect(200).json();
            assert_eq!((&changed["id"], &changed["status"]), (&made["id"], &json!("won")));
            let again = json!({"first_name": "Kim", "source": source, "external_id": external_id});
            acme.owner.post("/v1/leads", again).await.expect_problem(409, "external_id_taken");
            leads.push(made);
        }
        let mut different = ids(&leads);
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), leads.len());
        // Blanks around it are no part of it, as in a field.
        let same = acme.owner.get("/v1/leads/by-external-id/%20web/A1%20").await.expect(200).json();
        assert_eq!(same["id"], leads[0]["id"]);
    }

    async fn what_no_lead_can_have_is_not_there_and_cannot_be_put(database: Database) {
        let acme = World::start(database).await;
        let body = || json!({"email": "nobody"});
        for (path, pointer, code) in [
            (format!("web/{}", "%C3%BC".repeat(256)), "/external_id", "too_long"),
            (format!("{}/A1", "x".repeat(201)), "/source", "too_long"),
            ("%20/A1".to_owned(), "/source", "required"),
            ("web/%E2%80%8B".to_owned(), "/external_id", "required"),
            ("web/a%0Ab".to_owned(), "/external_id", "forbidden_character"),
        ] {
            let path = format!("/v1/leads/by-external-id/{path}");
            acme.owner.get(&path).await.expect_problem(404, "not_found");
            acme.owner.put(&path, body()).await.expect_faults(&[("/email", "invalid_email"), (pointer, code)]);
        }
        for path in ["web/%00", "web/%FF"] {
            let path = format!("/v1/leads/by-external-id/{path}");
            acme.owner.put(&path, body()).await.expect_problem(400, "invalid_path");
        }
        acme.owner.get("/v1/leads/by-external-id/web").await.expect(404);
        let longest = format!("{}/{}", "%C3%BC".repeat(200), "%C3%BC".repeat(255));
        let longest = format!("/v1/leads/by-external-id/{longest}");
        acme.owner.put(longest, json!({"first_name": "Lee"})).await.expect(201);
        assert_eq!(acme.owner.get("/v1/leads").await.expect(200).items().len(), 1);
    }

    async fn every_fault_is_named_whether_it_is_there_or_not(database: Database) {
        let acme = World::start(database).await;
        let field = json!({"key": "plan", "label": "Plan", "type": "choice", "options": ["Pro"]});
        acme.owner.post("/v1/custom-fields", field).await.expect(201);
        let wrong = || json!({
            "first_name": 5, "email": "nobody", "nickname": "Lee", "source": "post", "external_id": "B1",
            "status": "lukewarm", "custom_fields": {"plan": "Gold"},
            "assignment": {"mode": "distribute", "team": 1},
        });
        let faults = [
            ("/assignment/group_id", "required"),
            ("/assignment/team", "unknown_field"),
            ("/custom_fields/plan", "unknown_option"),
            ("/email", "invalid_email"),
            ("/external_id", "invalid_value"),
            ("/first_name", "invalid_type"),
            ("/nickname", "unknown_field"),
            ("/source", "invalid_value"),
            ("/status", "unknown_status"),
        ];
        let told = async || {
            let mut told = acme.owner.put(A1, wrong()).await.faults();
            told.sort_unstable();
            told
        };
        let expected = faults.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
        assert_eq!(told().await, expected);
        acme.owner.put(A1, json!({"status": "won"})).await.expect_faults(&[("", "contact_required")]);
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());

        let made = acme.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        assert_eq!(told().await, expected);
        for (body, pointer, code) in [
            (json!({"first_name": null, "email": null}), "", "contact_required"),
            (json!({"status": null}), "/status", "required"),
            (json!({"external_id": null}), "/external_id", "invalid_value"),
            (json!({"source": 1}), "/source", "invalid_type"),
            (json!({"assignment": {"mode": "me", "user_id": made["id"]}}), "/assignment/user_id", "unknown_field"),
            (json!({"assignment": []}), "/assignment", "invalid_type"),
        ] {
            acme.owner.put(A1, body).await.expect_faults(&[(pointer, code)]);
        }
        assert_eq!(acme.owner.get(A1).await.expect(200).json(), made);
    }

    async fn what_decides_of_a_new_lead_is_not_looked_at_where_it_is_there(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let nowhere = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e02";
        let put = async |client: &Client, how: Value| {
            client.put(A1, json!({"first_name": "Lee", "assignment": how})).await
        };
        put(&tom, to_group(nowhere)).await.expect_faults(&[("/assignment/group_id", "unknown_group")]);
        let to_olivia = json!({"mode": "user", "user_id": acme.owner.id});
        let problem = put(&tom, to_olivia.clone()).await.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "leads.assign");
        let made = put(&tom, json!({"mode": "me"})).await.expect(201).json();
        for how in [to_group(nowhere), to_olivia, json!({"mode": "none"}), json!(null)] {
            assert_eq!(put(&tom, how).await.expect(200).json(), made);
        }
    }

    async fn adding_and_changing_take_a_permission_each(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let form = acme.integration(&["leads.create"]).await;
        let editor = acme.integration(&["leads.edit", "leads.view_all", "leads.view"]).await;
        let reader = acme.integration(&["leads.view_all", "leads.view"]).await;
        let put = async |client: &Client| client.put(A1, lee(&json!({"mode": "none"}))).await;
        let refused = async |client: &Client, permission: &str| {
            let problem = put(client).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], permission);
        };
        refused(&reader, "leads.create").await;
        refused(&editor, "leads.create").await;
        denied(&acme, &ann.id, "leads.create").await;
        refused(&ann, "leads.create").await;
        denied(&acme, &tom.id, "leads.edit").await;
        let made = tom.put(A1, lee(&json!({"mode": "me"}))).await.expect(201).json();
        refused(&tom, "leads.edit").await;
        refused(&reader, "leads.create").await;
        put(&editor).await.expect(200);
        // Whoever does not see it learns what an addition of it would tell, and no more.
        refused(&ann, "leads.create").await;
        let posted = json!({"first_name": "Lee", "source": "web", "external_id": "A1"});
        let told = form.post("/v1/leads", posted).await.expect_problem(409, "external_id_taken");
        let mut problem = put(&form).await.expect_problem(409, "external_id_taken");
        problem["request_id"] = told["request_id"].clone();
        assert_eq!(problem, told);
        for stranger in [&*form, &*ann] {
            let answer = stranger.get(A1).await;
            assert!(answer.status == 404 || answer.code() == "permission_denied", "{answer}");
        }
        form.put(A1, json!({"email": "nobody"})).await.expect_faults(&[("/email", "invalid_email")]);
        // Who owned it before looks on.
        acme.owner.put(format!("{}/owner", lead(&made)), json!({"user_id": ann.id})).await.expect(200);
        denied(&acme, &tom.id, "leads.assign").await;
        refused(&tom, "leads.edit").await;
        ann.put(A1, json!({"product": "Pension"})).await.expect(200);
        tom.get(A1).await.expect(200);
    }

    async fn organizations_have_their_own(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let here = acme.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        globex.owner.get(A1).await.expect_problem(404, "not_found");
        let there = globex.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        assert_ne!(here["id"], there["id"]);
        globex.owner.put(A1, json!({"status": "won"})).await.expect(200);
        assert_eq!(acme.owner.get(A1).await.expect(200).json(), here);
    }

    async fn a_key_of_a_source_puts_leads_of_no_other(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "name": "Form", "scopes": ["leads.create", "leads.view", "leads.view_all", "leads.edit"],
            "source": "web",
        });
        let form = acme.integration_from(body).await;
        let post = A1.replace("web", "post");
        acme.owner.put(&post, json!({"first_name": "Lee"})).await.expect(201);
        for path in [&post, &A1.replace("web", "fax"), &A1.replace("web", "Web")] {
            form.get(path).await.expect_problem(404, "not_found");
            form.put(path, json!({"email": "nobody"})).await
                .expect_faults(&[("/email", "invalid_email"), ("/source", "invalid_value")]);
        }
        let made = form.put(A1, json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!(made["source"], "web");
        form.put(A1, json!({"source": "web", "status": "won"})).await.expect(200);
        form.put(A1, json!({"source": "post"})).await.expect_faults(&[("/source", "invalid_value")]);
        form.get(A1).await.expect(200);
    }

    async fn conditions_hold_it_to_the_one_or_the_other(database: Database) {
        let acme = World::start(database).await;
        let put = |body: Value| acme.owner.put(A1, body);
        let lee = || json!({"first_name": "Lee"});
        for absent in ["*", "\"1\""] {
            put(lee()).header("If-Match", absent).await.expect_problem(412, "precondition_failed");
        }
        for odd in ["\"1\"", "", "*, *"] {
            put(lee()).header("If-None-Match", odd).await
                .expect_faults(&[("/If-None-Match", "invalid_value")]);
        }
        assert!(acme.owner.get("/v1/leads").await.expect(200).items().is_empty());
        put(lee()).header("If-None-Match", "*").await.expect(201);
        put(lee()).header("If-None-Match", "*").await.expect_problem(412, "precondition_failed");
        put(json!({"status": "won"})).if_match(&json!(7)).await
            .expect_problem(412, "precondition_failed");
        put(json!({"status": "won"})).if_match(&json!(1)).await.expect(200);
        put(json!({"status": "lost"})).if_match(&json!(1)).await
            .expect_problem(412, "precondition_failed");
        let changed = put(json!({"status": "new"})).header("If-Match", "*").await.expect(200).json();
        assert_eq!(changed["version"], 3);
    }

    async fn archived_ones_stay_and_erased_ones_make_room(database: Database) {
        let acme = World::start(database).await;
        let made = acme.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        acme.owner.delete(lead(&made)).await.expect(204);
        acme.owner.put(A1, json!({"status": "won"})).await.expect_problem(409, "lead_archived");
        assert_eq!(acme.owner.get(A1).await.expect(200).json()["id"], made["id"]);
        acme.owner.request(reqwest::Method::POST, format!("{}/erase", lead(&made))).await.expect(200);
        acme.owner.get(A1).await.expect_problem(404, "not_found");
        let second = acme.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        assert_ne!(second["id"], made["id"]);
        // One that is given another id makes room as well, and is there under the other.
        acme.owner.patch(lead(&second), json!({"external_id": "A2"})).await.expect(200);
        acme.owner.get(A1).await.expect_problem(404, "not_found");
        let third = acme.owner.put(A1, lee(&json!({"mode": "none"}))).await.expect(201).json();
        assert_ne!(third["id"], second["id"]);
        let moved = acme.owner.get(A1.replace("A1", "A2")).await.expect(200).json();
        assert_eq!(moved["id"], second["id"]);
    }

    async fn a_new_lead_of_somebody_known_goes_by_the_organization_s_policy(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create", "leads.view", "leads.edit"]).await;
        let first = form.put(A1, lee(&json!({"mode": "route"}))).await.expect(201).json();
        let second = A1.replace("A1", "A2");
        let made = form.put(&second, lee(&json!({"mode": "route"}))).await.expect(201).json();
        assert_eq!(made["duplicate_of"], first["id"]);
        acme.owner.patch("/v1/organization", json!({"duplicate_policy": "reject"})).await.expect(200);
        let third = A1.replace("A1", "A3");
        let problem = form.put(&third, lee(&json!({"mode": "route"}))).await
            .expect_problem(409, "duplicate_lead");
        assert_eq!(problem["lead_id"], made["id"]);
        form.put(&second, json!({"status": "won"})).await.expect(200);
    }
}
