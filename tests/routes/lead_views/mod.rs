//! `/v1/lead-views`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::client::Client;
use crate::support::search::{add, listed, of};
use crate::support::world::World;

const PATH: &str = "/v1/lead-views";

async fn save(client: &Client, name: &str, filter: Value) -> Value {
    client.post(PATH, json!({"name": name, "filter": filter})).await.expect(201).json()
}

async fn names(client: &Client) -> Vec<String> {
    let views = client.get(PATH).await.expect(200).items();
    views.iter().map(|view| text(&view["name"])).collect()
}

both! {
    async fn are_made_read_changed_and_deleted(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let filter = json!({"owner": "me", "q": "lee", "status": "new", "value_min": "100", "sort": "-value"});
        let body = json!({"name": " Hot ", "filter": filter});
        let first = tom.post(PATH, body.clone()).idempotency_key("k").await.expect(201);
        let made = first.json();
        assert_eq!(first.header("location"), format!("{PATH}/{}", text(&made["id"])));
        assert_eq!((&made["name"], &made["filter"]), (&json!("Hot"), &filter));
        assert_eq!((&made["position"], &made["version"]), (&json!(1), &json!(1)));
        let again = tom.post(PATH, body).idempotency_key("k").await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), made);
        let path = format!("{PATH}/{}", text(&made["id"]));
        let read = tom.get(&path).await.expect(200);
        assert_eq!((read.json(), read.header("etag")), (made.clone(), "\"1\""));

        let changed = tom.patch(&path, json!({"filter": {"tag": "spring"}})).await.expect(200).json();
        assert_eq!((&changed["name"], &changed["filter"]), (&json!("Hot"), &json!({"tag": "spring"})));
        assert_eq!(changed["version"], 2);
        let same = tom.patch(&path, json!({"name": "Hot"})).await.expect(200).json();
        assert_eq!(same, changed, "nothing changed");
        let stale = tom.patch(&path, json!({"name": "Cold"})).if_match(&json!(1)).await;
        stale.expect_problem(412, "precondition_failed");
        let stale = tom.delete(&path).if_match(&json!(1)).await;
        stale.expect_problem(412, "precondition_failed");
        tom.delete(&path).if_match(&json!(2)).await.expect(204);
        for answer in [tom.get(&path).await, tom.delete(&path).await] {
            answer.expect_problem(404, "not_found");
        }
        assert!(names(&tom).await.is_empty());
        let log = acme.owner.get("/v1/audit-log?kind=lead_view.").await.expect(200).items();
        let kinds: Vec<_> = log.iter().map(|line| text(&line["kind"])).collect();
        assert_eq!(kinds, ["lead_view.deleted", "lead_view.changed", "lead_view.created"]);
    }

    async fn are_each_person_s_own(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let made = save(&tom, "Mine", json!({})).await;
        let path = format!("{PATH}/{}", text(&made["id"]));
        for other in [&acme.owner, &globex.owner] {
            assert!(names(other).await.is_empty());
            other.get(&path).await.expect_problem(404, "not_found");
            other.patch(&path, json!({"name": "x"})).await.expect_problem(404, "not_found");
            other.delete(&path).await.expect_problem(404, "not_found");
            let order = json!({"view_ids": [made["id"]]});
            let refused = other.put(format!("{PATH}/order"), order).await;
            refused.expect_problem(409, "other_lead_views");
        }
        save(&acme.owner, "Mine", json!({})).await;
        assert_eq!(names(&tom).await, ["Mine"]);
        let form = acme.integration(&["leads.view"]).await;
        form.get(PATH).await.expect_problem(403, "person_required");
    }

    async fn have_names_of_their_own_and_an_order(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let mut ids = Vec::new();
        for name in ["A", "B", "C"] {
            ids.push(save(&tom, name, json!({})).await["id"].clone());
        }
        let taken = tom.post(PATH, json!({"name": "b", "filter": {}})).await;
        taken.expect_problem(409, "lead_view_name_taken");
        let path = format!("{PATH}/{}", text(&ids[0]));
        let taken = tom.patch(&path, json!({"name": "C"})).await;
        taken.expect_problem(409, "lead_view_name_taken");
        tom.patch(&path, json!({"name": "a"})).await.expect(200);
        let order = format!("{PATH}/order");
        let answer = tom.put(&order, json!({"view_ids": [ids[2], ids[0], ids[1]]})).await.expect(200);
        assert_eq!(answer.items()[0]["name"], "C");
        assert_eq!(names(&tom).await, ["C", "a", "B"]);
        for other in [json!([ids[0], ids[1]]), json!([ids[0], ids[1], acme.id])] {
            let refused = tom.put(&order, json!({"view_ids": other})).await;
            refused.expect_problem(409, "other_lead_views");
        }
        let wrong = tom.put(&order, json!({"view_ids": [ids[0], ids[0], "x"]})).await;
        wrong.expect_faults(&[("/view_ids/1", "duplicate"), ("/view_ids/2", "invalid_value")]);
        tom.delete(&path).await.expect(204);
        let left = tom.get(PATH).await.expect(200).items();
        let places: Vec<_> = left.iter().map(|view| view["position"].as_u64().unwrap()).collect();
        assert_eq!(places, [1, 2]);
    }

    async fn have_filters_that_the_list_would_take(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body = json!({"name": "", "filter": {
            "q": "a", "status": "odd", "sort": "name", "owner": "tom", "value_min": "-1", "limit": "3",
        }});
        tom.post(PATH, body).await.expect_faults(&[
            ("/name", "required"),
            ("/filter/q", "too_short"),
            ("/filter/status", "unknown_status"),
            ("/filter/sort", "invalid_value"),
            ("/filter/owner", "invalid_value"),
            ("/filter/value_min", "invalid_value"),
            ("/filter/limit", "unknown_field"),
        ]);
        tom.post(PATH, json!({})).await.expect_faults(&[("/name", "required"), ("/filter", "required")]);
        let made = save(&tom, "Odd", json!({"status": "qualified"})).await;
        let path = format!("{PATH}/{}", text(&made["id"]));
        tom.patch(&path, json!({"name": null, "filter": null})).await.expect_faults(&[
            ("/name", "required"), ("/filter", "required"),
        ]);
        acme.owner.delete("/v1/lead-statuses/qualified").await.expect(204);
        let kept = tom.get(&path).await.expect(200).json();
        assert_eq!(kept["filter"], json!({"status": "qualified"}));
        let gone = tom.get("/v1/leads?status=qualified").await;
        gone.expect_faults(&[("/status", "unknown_status")]);
        let leads = add(&tom, [json!({"first_name": "Lee", "assignment": {"mode": "me"}})]).await;
        assert_eq!(listed(&tom, "owner=me&status=new&sort=-value").await, of(&leads, &[0]));
    }

    async fn are_bounded(database: Database) {
        let acme = World::start(database).await;
        for number in 0..100 {
            save(&acme.owner, &format!("View {number}"), json!({})).await;
        }
        let refused = acme.owner.post(PATH, json!({"name": "One more", "filter": {}})).await;
        refused.expect_problem(409, "too_many_lead_views");
        assert_eq!(names(&acme.owner).await.len(), 100);
    }
}
