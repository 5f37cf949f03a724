//! `PATCH /v1/users/{id}`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::world::{Person, World};

async fn change(client: &Client, person: &Person, body: Value) -> Answer {
    client.patch(format!("/v1/users/{}", person.id), body).await
}

/// The ids of the active owners.
async fn owners(client: &Client) -> Vec<String> {
    let owners = client.get("/v1/users?role=owner&status=active").await.expect(200).items();
    owners.iter().map(|owner| text(&owner["id"])).collect()
}

both! {
    async fn changes_what_is_named_and_keeps_the_rest(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let path = format!("/v1/users/{}", tom.id);
        let version = acme.owner.get(&path).await.expect(200).json()["version"].clone();
        let body = json!({"first_name": "Thomas", "last_name": "Ott", "partner": true});
        let changed = acme.owner.patch(&path, body).if_match(&version).await.expect(200);
        let user = changed.json();
        assert_eq!(user["first_name"], "Thomas");
        assert_eq!(user["last_name"], "Ott");
        assert_eq!((&user["role"], &user["partner"]), (&json!("agent"), &json!(true)));
        assert_eq!(user["version"].as_i64(), version.as_i64().map(|version| version + 1));
        assert_eq!(changed.header("etag"), format!("\"{}\"", user["version"]));

        let stale = acme.owner.patch(&path, json!({"last_name": null})).if_match(&version).await;
        stale.expect_problem(412, "precondition_failed");
        let cleared = acme.owner.patch(&path, json!({"last_name": null})).await.expect(200).json();
        assert_eq!((&cleared["first_name"], &cleared["last_name"]), (&json!("Thomas"), &Value::Null));
        let same = acme.owner.patch(&path, json!({"partner": true})).await.expect(200).json();
        assert_eq!(same["version"], cleared["version"], "nothing changed");
        let named = acme.owner.get("/v1/users?q=thomas").await.expect(200).items();
        assert_eq!(named.len(), 1, "the new name is found");
    }

    async fn names_every_fault(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let body = json!({"first_name": null, "role": "king", "partner": null, "email": "x@y.example"});
        change(&acme.owner, &tom, body).await.expect_faults(&[
            ("/email", "unknown_field"),
            ("/first_name", "required"),
            ("/partner", "required"),
            ("/role", "invalid_value"),
        ]);
        let nobody = acme.owner.patch(format!("/v1/users/{}", acme.id), json!({})).await;
        nobody.expect_problem(404, "not_found");
        let globex = acme.second_organization().await;
        change(&globex.owner, &tom, json!({"role": "admin"})).await.expect_problem(404, "not_found");
    }

    async fn a_role_counts_from_the_next_request_on_every_replica(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": tom.id}});
        for server in std::iter::once(&acme.server).chain(&replicas) {
            let door = tom.at(server);
            // Every replica has met Tom, and remembers him for intake.
            door.post("/v1/leads", lead.clone()).await.expect_problem(403, "permission_denied");
            change(&acme.owner, &tom, json!({"role": "manager"})).await.expect(200);
            door.get("/v1/teams").await.expect(200);
            door.post("/v1/leads", lead.clone()).await.expect(201);
            change(&acme.owner, &tom, json!({"role": "agent"})).await.expect(200);
            door.get("/v1/teams").await.expect_problem(403, "permission_denied");
            door.post("/v1/leads", lead.clone()).await.expect_problem(403, "permission_denied");
        }
        acme.ends_in_order(replicas).await;
    }

    async fn nobody_reaches_above_their_own_role(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let bea = acme.person("admin", "Bea").await;
        let tom = acme.agent("Tom").await;
        for body in [json!({"first_name": "X"}), json!({"role": "agent"}), json!({"partner": true})] {
            let refused = change(&ada, &acme.owner, body).await;
            assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], "users.manage");
        }
        let crowned = change(&ada, &tom, json!({"role": "owner"})).await;
        crowned.expect_faults(&[("/role", "permission_not_held")]);
        change(&ada, &ada, json!({"role": "owner"})).await.expect_faults(&[
            ("/role", "permission_not_held"),
        ]);
        change(&ada, &bea, json!({"role": "agent"})).await.expect(200);
        change(&ada, &bea, json!({"role": "admin"})).await.expect(200);
        let mia = acme.person("manager", "Mia").await;
        let refused = change(&mia, &tom, json!({"first_name": "X"})).await;
        refused.expect_problem(403, "permission_denied");
        let key = acme.integration(&["users.manage", "users.view"]).await;
        change(&key, &tom, json!({"first_name": "X"})).await.expect_problem(403, "person_required");
    }

    async fn nobody_gives_by_a_role_what_they_lack(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let tom = acme.agent("Tom").await;
        let permissions = format!("/v1/users/{}/permissions", ada.id);
        let denied = json!({"grant": [], "deny": ["leads.assign"]});
        acme.owner.put(permissions, denied).await.expect(200);
        let refused = change(&ada, &tom, json!({"role": "manager"})).await;
        refused.expect_faults(&[("/role", "permission_not_held")]);
        // What a denial takes away again is not given.
        let denied = json!({"deny": ["leads.assign"]});
        acme.owner.put(format!("/v1/users/{}/permissions", tom.id), denied).await.expect(200);
        change(&ada, &tom, json!({"role": "manager"})).await.expect(200);
    }

    async fn the_last_active_owner_stays_one(database: Database) {
        let acme = World::start(database).await;
        let demoted = change(&acme.owner, &acme.owner, json!({"role": "admin"})).await;
        demoted.expect_problem(409, "last_owner");
        // An invited owner cannot act yet, and one who cannot manage people is no help.
        acme.invitation("owner", "Ivo").await;
        let demoted = change(&acme.owner, &acme.owner, json!({"role": "admin"})).await;
        demoted.expect_problem(409, "last_owner");
        let otto = acme.person("owner", "Otto").await;
        let permissions = format!("/v1/users/{}/permissions", otto.id);
        let denied = json!({"deny": ["users.manage"]});
        acme.owner.put(&permissions, denied).await.expect(200);
        let demoted = change(&acme.owner, &acme.owner, json!({"role": "admin"})).await;
        demoted.expect_problem(409, "last_owner");
        acme.owner.put(&permissions, json!({})).await.expect(200);
        change(&acme.owner, &acme.owner, json!({"role": "admin"})).await.expect(200);
        assert_eq!(owners(&otto).await, std::slice::from_ref(&otto.id));
    }

    async fn two_owners_who_demote_each_other_leave_one(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let otto = acme.person("owner", "Otto").await;
        let ottos = otto.at(replicas.first().unwrap_or(&acme.server));
        for _ in 0..20 {
            let (first, second) = tokio::join!(
                change(&acme.owner, &otto, json!({"role": "agent"})),
                change(&ottos, &acme.owner, json!({"role": "agent"})),
            );
            let left = if first.status == 200 { &acme.owner } else { &otto };
            assert_eq!(owners(left).await, std::slice::from_ref(&left.id));
            let lost = if first.status == 200 { (second, &otto) } else { (first, &acme.owner) };
            // Demoted before their request was looked at, before its transaction, or while it waited.
            assert!(matches!(lost.0.status.as_u16(), 403 | 409), "{}", lost.0);
            change(left, lost.1, json!({"role": "owner"})).await.expect(200);
        }
        acme.ends_in_order(replicas).await;
    }

    async fn who_manages_teams_stays_a_manager(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        let red = acme.team("Red", &[&mia], &[]).await;
        acme.team("Green", &[], &[&mia]).await;
        let refused = change(&acme.owner, &mia, json!({"role": "agent"})).await;
        let problem = refused.expect_problem(409, "manages_teams");
        let named: Vec<String> =
            problem["teams"].as_array().unwrap().iter().map(|team| text(&team["name"])).collect();
        assert_eq!(named, ["Blue", "Red"]);
        assert!(text(&problem["detail"]).contains("Blue, Red"), "{problem}");
        change(&acme.owner, &mia, json!({"role": "admin"})).await.expect(200);
        acme.set_team(&blue, &[], &[&mia]).await;
        acme.set_team(&red, &[], &[]).await;
        change(&acme.owner, &mia, json!({"role": "agent"})).await.expect(200);
    }

    /// The inviter was shown a link; whoever holds it would become the more powerful user.
    async fn a_promotion_kills_the_link_that_somebody_else_was_shown(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let body = json!({"email": "ivo@acme.example", "first_name": "Ivo", "send_email": false});
        let ivo = ada.post("/v1/users", body).await.expect(201).json();
        let token = text(&ivo["invitation"]["token"]);
        let path = format!("/v1/users/{}", text(&ivo["id"]));
        acme.owner.patch(&path, json!({"first_name": "Ivan"})).await.expect(200);
        ada.patch(&path, json!({"role": "manager"})).await.expect(200);
        let link = format!("/v1/invitations/{token}");
        let shown = acme.anonymous().get(&link).await.expect(200).json();
        assert_eq!((&shown["first_name"], &shown["role"]), (&json!("Ivan"), &json!("manager")));
        acme.owner.patch(&path, json!({"role": "owner"})).await.expect(200);
        acme.anonymous().get(&link).await.expect_problem(409, "invitation_revoked");
    }
}
