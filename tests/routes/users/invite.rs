//! `POST /v1/users`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::ledger::expect_sound_ledger;
use crate::support::time::expect_instant;
use crate::support::world::{PASSWORD, World};

both! {
    async fn makes_an_invited_user_and_shows_the_invitation_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "Tom@Acme.example", "first_name": "Tom", "send_email": false});
        let answer = acme.owner.post("/v1/users", body).await.expect(201);
        let made = answer.json();
        assert_eq!(answer.header("location"), format!("/v1/users/{}", text(&made["id"])));
        assert_eq!(answer.header("etag"), format!("\"{}\"", made["version"]));
        assert_eq!(made["status"], "invited");
        assert_eq!(made["role"], "agent", "the default");
        assert_eq!(made["partner"], false);
        assert_eq!(made["last_name"], Value::Null);
        let invitation = &made["invitation"];
        assert!(text(&invitation["url"]).contains(&text(&invitation["token"])), "{invitation}");
        expect_instant(&text(&invitation["expires_at"]));

        let shown = acme.owner.get(answer.header("location")).await.expect(200).json();
        assert_eq!(shown["invitation"], Value::Null, "it is shown once");
        assert!(!shown.to_string().contains(&text(&invitation["token"])));
    }

    async fn gives_no_role_above_the_inviters(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let invite = |role: &str| {
            json!({
                "email": format!("{role}@acme.example"), "first_name": "New", "role": role,
                "send_email": false,
            })
        };
        ada.post("/v1/users", invite("admin")).await.expect(201);
        let refused = ada.post("/v1/users", invite("owner")).await;
        refused.expect_faults(&[("/role", "permission_not_held")]);
        acme.owner.post("/v1/users", invite("owner")).await.expect(201);
    }

    async fn is_for_those_who_may_invite(database: Database) {
        let acme = World::start(database).await;
        let body = || json!({"email": "new@acme.example", "first_name": "New"});
        for person in [acme.person("manager", "Mia").await, acme.agent("Tom").await] {
            let problem =
                person.post("/v1/users", body()).await.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "users.invite");
        }
    }

    async fn is_for_people(database: Database) {
        let acme = World::start(database).await;
        let me = acme.owner.get("/v1/me").await.expect(200).json();
        let body = json!({"name": "All", "scopes": me["permissions"]});
        let key = acme.integration_from(body).await;
        let body = json!({"email": "new@acme.example", "first_name": "New", "role": "owner"});
        key.post("/v1/users", body).await.expect_problem(403, "person_required");
        key.post("/v1/users", json!({})).await.expect_problem(403, "person_required");
        assert_eq!(acme.owner.get("/v1/users").await.expect(200).items().len(), 1);
    }

    async fn invites_an_address_once(database: Database) {
        let acme = World::start(database).await;
        acme.invitation("agent", "Tom").await;
        let body =
            json!({"email": "TOM@acme.example", "first_name": "Thomas", "send_email": false});
        acme.owner.post("/v1/users", body).await.expect_problem(409, "user_exists");
        let own =
            json!({"email": "olivia@acme.example", "first_name": "Olivia", "send_email": false});
        acme.owner.post("/v1/users", own).await.expect_problem(409, "user_exists");
    }

    async fn clones_what_a_colleague_may_do(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let permissions = format!("/v1/users/{}/permissions", mia.id);
        let body = json!({"grant": ["audit_log.view"], "deny": ["leads.assign"]});
        acme.owner.put(&permissions, body).await.expect(200);
        let body = json!({
            "email": "ivo@acme.example", "first_name": "Ivo", "role": "agent",
            "copy_permissions_from": mia.id, "send_email": false,
        });
        let ivo = acme.owner.post("/v1/users", body).await.expect(201).json();
        let copied = format!("/v1/users/{}/permissions", text(&ivo["id"]));
        let copied = acme.owner.get(copied).await.expect(200).json();
        let original = acme.owner.get(permissions).await.expect(200).json();
        assert_eq!((&copied["role"], &copied["effective"]), (&json!("agent"), &original["effective"]));

        let ada = acme.person("admin", "Ada").await;
        let denied = json!({"deny": ["audit_log.view"]});
        acme.owner.put(format!("/v1/users/{}/permissions", ada.id), denied).await.expect(200);
        let body = |from: &str| json!({
            "email": "eve@acme.example", "first_name": "Eve", "copy_permissions_from": from,
            "send_email": false,
        });
        let refused = ada.post("/v1/users", body(&mia.id)).await;
        refused.expect_faults(&[("/copy_permissions_from", "permission_not_held")]);
        let globex = acme.second_organization().await;
        let refused = ada.post("/v1/users", body(&globex.owner.id)).await;
        refused.expect_faults(&[("/copy_permissions_from", "unknown_user")]);
        ada.post("/v1/users", body(&acme.agent("Tom").await.id)).await.expect(201);
    }

    async fn puts_them_on_teams_at_once_and_into_groups_when_they_accept(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        let gone = acme.group("Gone", &[]).await;
        let body = json!({
            "email": "ivo@acme.example", "first_name": "Ivo", "partner": true,
            "team_ids": [blue], "group_ids": [gone, sales], "send_email": false,
        });
        let ivo = acme.owner.post("/v1/users", body).await.expect(201).json();
        assert_eq!(ivo["partner"], true);
        let user = format!("/v1/users/{}", text(&ivo["id"]));
        let seen = mia.get(&user).await.expect(200).json();
        assert_eq!(seen["email"], "ivo@acme.example", "the manager sees them at once");
        assert_eq!(seen["teams"][0]["seat"], "user");
        assert_eq!(seen["groups"].as_array().unwrap().len(), 2, "the groups wait");
        let team = acme.owner.get(format!("/v1/teams/{blue}")).await.expect(200).json();
        assert_eq!((&team["user_count"], &team["version"]), (&json!(1), &json!(2)));
        let members = format!("/v1/groups/{sales}/members");
        assert_eq!(acme.owner.get(&members).await.expect(200).items().len(), 1);

        let gone = format!("/v1/groups/{gone}?invitations=remove");
        acme.owner.delete(gone).await.expect(204);
        let accept = format!("/v1/invitations/{}/accept", text(&ivo["invitation"]["token"]));
        acme.anonymous().post(accept, json!({"password": PASSWORD})).await.expect(200);
        let members = acme.owner.get(members).await.expect(200).items();
        assert_eq!(members[1]["user"]["id"], ivo["id"], "at the end of the order");
        assert_eq!(members[1]["user"]["partner"], true);
        let group = acme.owner.get(format!("/v1/groups/{sales}")).await.expect(200).json();
        assert_eq!(group["version"], 2);
        let seen = mia.get(&user).await.expect(200).json();
        assert_eq!(seen["groups"], json!([{"id": sales, "name": "Sales"}]));
        let lead = |name: &str| json!({
            "first_name": name, "assignment": {"mode": "distribute", "group_id": sales},
        });
        acme.owner.post("/v1/leads", lead("One")).await.expect(201);
        let second = acme.owner.post("/v1/leads", lead("Two")).await.expect(201).json();
        assert_eq!((&second["owner"]["id"], &second["owner"]["partner"]), (&ivo["id"], &json!(true)));
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn to_teams_and_groups_takes_the_permission_to_manage_them(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let ada = acme.person("admin", "Ada").await;
        let (blue, sales) = (acme.team("Blue", &[], &[]).await, acme.group("Sales", &[]).await);
        let body = |more: Value| {
            let mut body = json!({"email": "x@acme.example", "first_name": "X", "send_email": false});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let permissions = format!("/v1/users/{}/permissions", ada.id);
        for (lists, needed) in [
            (json!({"team_ids": [blue]}), "teams.manage"),
            (json!({"group_ids": [sales]}), "groups.manage"),
        ] {
            acme.owner.put(&permissions, json!({"deny": [needed]})).await.expect(200);
            let refused = ada.post("/v1/users", body(lists)).await;
            assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], needed);
        }
        let theirs = (globex.team("Green", &[], &[]).await, globex.group("Ads", &[]).await);
        let lists = json!({
            "team_ids": [blue, theirs.0, blue], "group_ids": ["x", theirs.1], "role": "owner",
            "copy_permissions_from": globex.owner.id,
        });
        acme.owner.post("/v1/users", body(lists)).await.expect_faults(&[
            ("/copy_permissions_from", "unknown_user"),
            ("/group_ids/0", "invalid_value"),
            ("/group_ids/1", "unknown_group"),
            ("/team_ids/1", "unknown_team"),
            ("/team_ids/2", "duplicate"),
        ]);
    }

    async fn names_every_fault_of_the_body(database: Database) {
        let acme = World::start(database).await;
        let body = json!({"email": "nobody", "role": "king", "nickname": "Tommy"});
        acme.owner.post("/v1/users", body).await.expect_faults(&[
            ("/email", "invalid_email"),
            ("/first_name", "required"),
            ("/nickname", "unknown_field"),
            ("/role", "invalid_value"),
        ]);
    }
}
