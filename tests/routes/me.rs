//! `GET /v1/me`.

use serde_json::json;

use crate::support::answer::text;
use crate::support::both;
use crate::support::world::World;

both! {
    async fn tells_people_who_they_are_and_what_they_may_do(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let me = tom.get("/v1/me").await.expect(200).json();
        assert_eq!(me["user"]["id"], tom.id);
        assert_eq!(me["user"]["email"], "tom@acme.example");
        assert_eq!(me["user"]["role"], "agent");
        assert_eq!(me["user"]["status"], "active");
        assert_eq!(me["organization"]["id"], acme.id);
        assert_eq!(me["permissions"], json!(["leads.create", "leads.view", "leads.edit", "users.view"]));
    }

    async fn tells_where_they_belong(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let blue = acme.team("Blue", &[], &[&tom]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        let me = tom.get("/v1/me").await.expect(200);
        assert_eq!(me.header("etag"), format!("\"{}\"", me.json()["user"]["version"]));
        let me = me.json();
        assert_eq!(me["teams"], json!([{"id": blue, "name": "Blue", "seat": "user"}]));
        assert_eq!(me["groups"], json!([{"id": sales, "name": "Sales"}]));
        assert_eq!(me["organizations"], json!([{"id": acme.id, "name": "Acme"}]));
        assert_eq!(me["user"]["paused"], false);

        let body = json!({"email": tom.email, "first_name": "Tom", "send_email": false});
        let invited = globex.owner.post("/v1/users", body).await.expect(201).json();
        let organizations = || async {
            tom.get("/v1/me").await.expect(200).json()["organizations"].clone()
        };
        assert_eq!(organizations().await.as_array().unwrap().len(), 1, "not before they accept");
        let accept = format!("/v1/invitations/{}/accept", text(&invited["invitation"]["token"]));
        tom.post(accept, json!({})).await.expect(200);
        let both = json!([
            {"id": acme.id, "name": "Acme"}, {"id": globex.id, "name": "Globex"},
        ]);
        assert_eq!(organizations().await, both);
    }

    async fn lets_people_change_their_own_names_and_no_more(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let version = tom.get("/v1/me").await.expect(200).json()["user"]["version"].clone();
        let body = json!({"first_name": "Thomas", "last_name": "Ott"});
        let changed = tom.patch("/v1/me", body).if_match(&version).await.expect(200);
        let me = changed.json();
        assert_eq!(changed.header("etag"), format!("\"{}\"", me["user"]["version"]));
        assert_eq!((&me["user"]["first_name"], &me["user"]["last_name"]), (&json!("Thomas"), &json!("Ott")));
        let stale = tom.patch("/v1/me", json!({"last_name": null})).if_match(&version).await;
        stale.expect_problem(412, "precondition_failed");
        let refused = tom.patch("/v1/me", json!({"role": "owner", "first_name": " "})).await;
        refused.expect_faults(&[("/first_name", "required"), ("/role", "unknown_field")]);
        let lead = tom.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        assert_eq!(lead["created_by"]["name"], "Thomas Ott");
    }

    async fn is_for_people_alone(database: Database) {
        let acme = World::start(database).await;
        let form = acme.integration(&["leads.create"]).await;
        form.get("/v1/me").await.expect_problem(403, "person_required");
    }
}
