//! `GET` and `PUT /v1/users/{id}/permissions`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{Person, World};

fn path(person: &Person) -> String {
    format!("/v1/users/{}/permissions", person.id)
}

async fn set(client: &Client, person: &Person, grant: Value, deny: Value) -> Answer {
    client.put(path(person), json!({"grant": grant, "deny": deny})).await
}

both! {
    async fn are_the_role_s_with_grants_and_without_denials(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let first = acme.owner.get(path(&tom)).await.expect(200);
        assert_eq!(first.json()["grant"], json!([]));
        assert_eq!(first.json()["effective"], json!(["leads.create", "leads.view", "leads.edit", "users.view"]));
        let (grant, deny) = (json!(["leads.view_team", "leads.view"]), json!(["leads.create"]));
        let changed = set(&acme.owner, &tom, grant, deny).await.expect(200);
        let permissions = changed.json();
        assert_eq!(permissions["user_id"], tom.id);
        assert_eq!(permissions["role"], "agent");
        assert_eq!(permissions["grant"], json!(["leads.view", "leads.view_team"]), "as named");
        assert_eq!(permissions["deny"], json!(["leads.create"]));
        let effective = json!(["leads.view", "leads.view_team", "leads.edit", "users.view"]);
        assert_eq!(permissions["effective"], effective);
        assert_eq!(changed.header("etag"), format!("\"{}\"", permissions["version"]));
        assert_eq!(acme.owner.get(path(&tom)).await.expect(200).json(), permissions);
        assert_eq!(tom.get("/v1/me").await.expect(200).json()["permissions"], effective);

        let again = acme.owner.put(path(&tom), json!({"deny": []})).await.expect(200).json();
        assert_eq!((&again["grant"], &again["deny"]), (&json!([]), &json!([])));
    }

    async fn count_from_the_next_request_on_every_replica(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let lead = || json!({"first_name": "Lee"});
        let servers: Vec<_> = std::iter::once(&acme.server).chain(&replicas).collect();
        for server in &servers {
            tom.at(server).post("/v1/leads", lead()).await.expect(201);
        }
        for _ in 0..3 {
            set(&acme.owner, &tom, json!([]), json!(["leads.create"])).await.expect(200);
            for server in &servers {
                let refused = tom.at(server).post("/v1/leads", lead()).await;
                let problem = refused.expect_problem(403, "permission_denied");
                assert_eq!(problem["permission"], "leads.create");
            }
            set(&acme.owner, &tom, json!(["audit_log.view"]), json!([])).await.expect(200);
            for server in &servers {
                tom.at(server).post("/v1/leads", lead()).await.expect(201);
                tom.at(server).get("/v1/audit-log").await.expect(200);
            }
        }
        acme.ends_in_order(replicas).await;
    }

    async fn names_every_fault(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let grant = json!(["leads.view", "fly", "leads.view"]);
        set(&acme.owner, &tom, grant, json!(["leads.create", "leads.view"])).await.expect_faults(&[
            ("/deny/1", "duplicate"),
            ("/grant/1", "unknown_permission"),
            ("/grant/2", "duplicate"),
        ]);
        let unknown = acme.owner.put(path(&tom), json!({"allow": []})).await;
        unknown.expect_faults(&[("/allow", "unknown_field")]);
        let stale = acme.owner.put(path(&tom), json!({"deny": ["leads.view"]}));
        stale.if_match(&json!(99)).await.expect_problem(412, "precondition_failed");
    }

    async fn nobody_gives_what_they_do_not_hold(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let tom = acme.agent("Tom").await;
        let taken = json!(["audit_log.view", "leads.create"]);
        set(&acme.owner, &ada, json!([]), taken).await.expect(200);
        let refused = set(&ada, &tom, json!(["leads.view_team", "audit_log.view"]), json!([])).await;
        refused.expect_faults(&[("/grant/1", "permission_not_held")]);
        // No longer denying is giving.
        set(&acme.owner, &tom, json!([]), json!(["leads.create"])).await.expect(200);
        let refused = set(&ada, &tom, json!([]), json!([])).await;
        refused.expect_faults(&[("/deny", "permission_not_held")]);
        // What they had stays, whoever gave it.
        set(&acme.owner, &tom, json!(["audit_log.view"]), json!([])).await.expect(200);
        let grant = json!(["audit_log.view", "leads.view_team"]);
        set(&ada, &tom, grant, json!(["leads.view"])).await.expect(200);
    }

    async fn nobody_changes_their_own_or_those_of_somebody_above(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let refused = set(&ada, &ada, json!(["leads.view"]), json!([])).await;
        refused.expect_problem(409, "own_permissions");
        let refused = set(&ada, &acme.owner, json!([]), json!(["leads.view"])).await;
        let problem = refused.expect_problem(403, "permission_denied");
        assert_eq!(problem["permission"], "permissions.manage");
        ada.get(path(&acme.owner)).await.expect(200);
        let tom = acme.agent("Tom").await;
        tom.get(path(&ada)).await.expect_problem(403, "permission_denied");
        let key = acme.integration(&["permissions.manage"]).await;
        key.get(path(&tom)).await.expect_problem(403, "person_required");
        let globex = acme.second_organization().await;
        globex.owner.get(path(&tom)).await.expect_problem(404, "not_found");
        let foreign = set(&globex.owner, &tom, json!([]), json!([])).await;
        foreign.expect_problem(404, "not_found");
    }

    async fn the_last_owner_keeps_what_it_takes_to_manage_people(database: Database) {
        let acme = World::start(database).await;
        let otto = acme.person("owner", "Otto").await;
        set(&acme.owner, &otto, json!([]), json!(["permissions.manage"])).await.expect(200);
        let refused = set(&otto, &acme.owner, json!([]), json!([])).await;
        refused.expect_problem(403, "permission_denied");
        // A further owner who could do it is not to be had from the last one.
        let zoe = acme.person("owner", "Zoe").await;
        set(&zoe, &acme.owner, json!([]), json!(["users.manage"])).await.expect(200);
        let refused = set(&acme.owner, &zoe, json!([]), json!(["users.manage"])).await;
        refused.expect_problem(409, "last_owner");
        let refused = set(&acme.owner, &zoe, json!([]), json!(["permissions.manage"])).await;
        refused.expect_problem(409, "last_owner");
        set(&acme.owner, &zoe, json!([]), json!(["leads.view"])).await.expect(200);
    }

    async fn stay_when_the_role_changes(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let (grant, deny) = (json!(["leads.view"]), json!(["groups.view"]));
        set(&acme.owner, &tom, grant, deny).await.expect(200);
        let user = format!("/v1/users/{}", tom.id);
        acme.owner.patch(user, json!({"role": "manager"})).await.expect(200);
        let permissions = acme.owner.get(path(&tom)).await.expect(200).json();
        assert_eq!(permissions["deny"], json!(["groups.view"]));
        let effective = permissions["effective"].as_array().unwrap();
        assert!(effective.contains(&json!("teams.view")) && !effective.contains(&json!("groups.view")));
    }

    async fn more_for_somebody_invited_kills_the_link_that_another_was_shown(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let body = json!({"email": "ivo@acme.example", "first_name": "Ivo", "send_email": false});
        let ivo = ada.post("/v1/users", body).await.expect(201).json();
        let token = text(&ivo["invitation"]["token"]);
        let (link, user) = (format!("/v1/invitations/{token}"), text(&ivo["id"]));
        let path = format!("/v1/users/{user}/permissions");
        acme.owner.put(&path, json!({"deny": ["leads.create"]})).await.expect(200);
        acme.anonymous().get(&link).await.expect(200);
        acme.owner.put(&path, json!({"grant": ["leads.view_all"]})).await.expect(200);
        acme.anonymous().get(&link).await.expect_problem(409, "invitation_revoked");
    }
}
