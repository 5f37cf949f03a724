//! `POST /v1/users/{id}/deactivate`.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{all_leads_of, distribution, owner, per_owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, history, preview, settled};
use crate::support::time::expect_instant;
use crate::support::world::{PASSWORD, Person, World};

/// A lead of somebody's own, in a status.
async fn own(person: &Person, status: &str) -> Value {
    let body = json!({"first_name": "Lee", "status": status, "assignment": {"mode": "me"}});
    person.post("/v1/leads", body).await.expect(201).json()
}

async fn lead_of(client: &Client, lead: &Value) -> Value {
    client.get(format!("/v1/leads/{}", text(&lead["id"]))).await.expect(200).json()
}

/// The ids of a group's members in turn order.
async fn members(client: &Client, group: &str) -> Vec<String> {
    let members = client.get(format!("/v1/groups/{group}/members")).await.expect(200).items();
    members.iter().map(|member| text(&member["user"]["id"])).collect()
}

async fn user(client: &Client, person: &Person) -> Value {
    client.get(format!("/v1/users/{}", person.id)).await.expect(200).json()
}

async fn group_version(client: &Client, group: &str) -> u64 {
    let group = client.get(format!("/v1/groups/{group}")).await.expect(200).json();
    group["version"].as_u64().unwrap()
}

both! {
    async fn ends_access_and_leaves_the_rotations_as_previewed(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mia = acme.person("manager", "Mia").await;
        let ada = acme.person("admin", "Ada").await;
        let tom = acme.agent("Tom").await;
        let second = ada.signed_in_again().await;
        let team = acme.team("Blue", &[&mia], &[&ada]).await;
        let (sales, support) =
            (acme.group("Sales", &[&ada, &tom]).await, acme.group("Support", &[&ada]).await);
        let made = json!({"name": "Form", "scopes": ["leads.create"]});
        let key = ada.post("/v1/api-keys", made).await.expect(201).json();
        let lead = own(&ada, "new").await;
        own(&ada, "won").await;
        let versions = (group_version(&acme.owner, &sales).await, user(&acme.owner, &ada).await);

        let answer = preview(&acme.owner, &ada, json!({})).await.expect(200);
        let plan = answer.json();
        assert_eq!(answer.header("etag"), format!("\"{}\"", versions.1["version"]));
        assert_eq!(plan["status"], "planned");
        assert_eq!((&plan["user"]["id"], &plan["sessions"]), (&json!(ada.id), &json!(2)));
        let leads = &plan["leads"];
        assert_eq!((&leads["action"], &leads["count"]), (&json!("keep"), &json!(1)));
        assert_eq!(leads["open_statuses"], json!(["new", "contacted", "qualified"]));
        let places = plan["rotations"].as_array().unwrap().iter();
        let names = places.map(|place| {
            text(if place["group"].is_null() { &place["team"]["name"] } else { &place["group"]["name"] })
        });
        let names = names.collect::<std::collections::BTreeSet<_>>();
        assert_eq!(names, ["Blue", "Sales", "Support"].map(str::to_owned).into());
        assert_eq!(plan["api_keys"], json!([{"id": key["id"], "name": "Form"}]));
        assert_eq!(plan["teams"], json!([{"id": team, "name": "Blue"}]));
        assert_eq!(plan["withdraws_invitation"], false);
        ada.get("/v1/me").await.expect(200);
        assert_eq!(user(&acme.owner, &ada).await, versions.1, "a preview changes nothing");
        assert_eq!(preview(&acme.owner, &ada, json!({})).await.json()["plan_hash"], plan["plan_hash"]);

        let body = json!({"plan_hash": plan["plan_hash"]});
        let answer = deactivate(&acme.owner, &ada, body).await.expect(200);
        let done = answer.json();
        assert_eq!((&done["kind"], &done["status"]), (&json!("deactivation"), &json!("completed")));
        assert_eq!((&done["sessions"], &done["rotations"]), (&json!(2), &plan["rotations"]));
        assert_eq!(counts(&done), [0, 0, 0, 0]);
        assert_eq!(done["decided_by"], acme.owner.id);
        for instant in ["created_at", "finished_at"] {
            expect_instant(&text(&done[instant]));
        }
        let path = format!("/v1/users/{}/deactivation", ada.id);
        assert_eq!(acme.owner.get(path).await.expect(200).json(), done);

        for session in [&ada, &second] {
            session.get("/v1/me").await.expect_problem(401, "invalid_credentials");
            for replica in &replicas {
                session.at(replica).get("/v1/me").await.expect_problem(401, "invalid_credentials");
            }
            let refresh = json!({"refresh_token": session.refresh_token});
            let refused = acme.anonymous().post("/v1/auth/refresh", refresh).await;
            refused.expect_problem(401, "invalid_refresh_token");
        }
        let sign_in = json!({"email": ada.email, "password": PASSWORD});
        let refused = acme.anonymous().post("/v1/auth/login", sign_in).await;
        assert_eq!(refused.status, 401, "{refused}");

        let after = user(&acme.owner, &ada).await;
        assert_eq!(after["status"], "inactive");
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));
        assert_eq!(after["version"], versions.1["version"].as_u64().unwrap() + 1);
        let listed = ids(&acme.owner.get("/v1/users").await.expect(200).items());
        assert!(!listed.contains(&ada.id));
        let inactive = acme.owner.get("/v1/users?status=inactive").await.expect(200).items();
        assert_eq!(ids(&inactive), [&*ada.id]);
        assert_eq!(members(&acme.owner, &sales).await, [&*tom.id]);
        assert_eq!(members(&acme.owner, &support).await, [""; 0]);
        assert!(group_version(&acme.owner, &sales).await > versions.0);
        assert_eq!(owner(&lead_of(&acme.owner, &lead).await), ada.id, "kept");
        assert_eq!(owner(&lead_of(&mia, &lead).await), ada.id, "their manager keeps sight of it");
        let form = acme.owner.with(crate::support::client::Credential::ApiKey(text(&key["key"])));
        form.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201);
        for group in [&sales, &support] {
            expect_sound_ledger(&acme, group).await;
        }
        acme.ends_in_order(replicas).await;
    }

    async fn transfers_the_open_leads(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom]).await;
        let dealt = post_in_turn(&acme.owner, &group, 2).await;
        let (open, won, lost) =
            (own(&tom, "contacted").await, own(&tom, "won").await, own(&tom, "lost").await);
        let anns = own(&ann, "new").await;
        let body = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        let plan = preview(&acme.owner, &tom, body.clone()).await.expect(200).json();
        assert_eq!((&plan["leads"]["count"], &plan["leads"]["user"]["id"]), (&json!(3), &json!(ann.id)));
        let done = deactivate(&acme.owner, &tom, body).await.expect(200).json();
        assert_eq!(done["status"], "completed");
        assert_eq!(counts(&done), [3, 3, 0, 0]);
        assert_eq!(done["leads"]["user"]["id"], ann.id);

        for lead in [&dealt[0], &dealt[1], &open] {
            let history = history(&acme.owner, lead).await;
            assert_eq!(history.len(), 2);
            assert_eq!((&history[0]["to"]["id"], &history[0]["source"]), (&json!(ann.id), &json!("off_boarding")));
            let moved = lead_of(&ann, lead).await;
            assert_eq!((&moved["version"], &moved["group_id"]), (&json!(2), &lead["group_id"]));
        }
        for lead in [&won, &lost] {
            assert_eq!(&lead_of(&acme.owner, lead).await, &acme.owner.get(format!("/v1/leads/{}", text(&lead["id"]))).await.json());
            assert_eq!(owner(&lead_of(&acme.owner, lead).await), tom.id);
        }
        assert_eq!(lead_of(&acme.owner, &anns).await["version"], 1);
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 2);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn deals_the_open_leads_within_the_limits(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let from = acme.group("Old", &[&tom]).await;
        let leads = post_in_turn(&acme.owner, &from, 6).await;
        // Tom is of the group that is to deal them, and Ann has had one of her two.
        let group = acme.group_with_limits("Sales", &[&ann, &tom, &ben], 2, 0).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        let done = deactivate(&acme.owner, &tom, body).await.expect(200).json();
        assert_eq!(counts(&done), [6, 3, 3, 0]);
        assert_eq!(done["leads"]["group"], json!({"id": group, "name": "Sales"}));
        assert_eq!(members(&acme.owner, &group).await, [&*ann.id, &*ben.id]);

        let moved: Vec<Value> = {
            let mut moved = Vec::new();
            for lead in &leads {
                moved.push(lead_of(&acme.owner, lead).await);
            }
            moved
        };
        // In the order of the leads: the turn had passed to Ben when Tom left.
        let owners: Vec<Value> = moved.iter().map(|lead| lead["owner"]["id"].clone()).collect();
        assert_eq!(owners, [json!(ben.id), json!(ann.id), json!(ben.id), json!(null), json!(null), json!(null)]);
        for (lead, turn) in moved.iter().zip([2, 3, 4]) {
            assert_eq!((&lead["assignment"]["source"], &lead["assignment"]["turn"]), (&json!("distribution"), &json!(turn)));
            assert_eq!(lead["group_id"], *group);
        }
        for lead in &moved[3..] {
            assert_eq!(lead["assignment"]["reason"], "all_members_at_limit");
            assert_eq!(lead["assignment"]["source"], Value::Null);
            assert_eq!(lead["assignment"]["outcome"], "unassigned");
        }
        let told = history(&acme.owner, &leads[0]).await;
        assert_eq!(told[0]["explanation"]["members"].as_array().unwrap().len(), 2);
        assert_eq!(told[0]["from"]["id"], tom.id);
        let state = distribution(&acme.owner, &group).await;
        for member in state["members"].as_array().unwrap() {
            assert_eq!(member["today"], 2);
        }
        for group in [&from, &group] {
            expect_sound_ledger(&acme, group).await;
        }
    }

    async fn releases_the_open_leads(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom, "new").await;
        let done = deactivate(&acme.owner, &tom, json!({"leads": {"action": "release"}})).await;
        assert_eq!(counts(&done.expect(200).json()), [1, 0, 1, 0]);
        let released = lead_of(&acme.owner, &lead).await;
        let assignment = &released["assignment"];
        assert_eq!(released["owner"], Value::Null);
        assert_eq!((&assignment["source"], &assignment["reason"]), (&json!("off_boarding"), &json!("released")));
        assert_eq!(history(&acme.owner, &lead).await[0]["from"]["id"], tom.id);
    }

    async fn a_plan_that_has_changed_is_not_carried_out(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        let lead = own(&tom, "new").await;
        let release = json!({"leads": {"action": "release"}});
        let hash = |plan: Value| plan["plan_hash"].clone();
        let with = |hash: &Value| json!({"leads": {"action": "release"}, "plan_hash": hash});

        // Another request than was previewed.
        let kept = hash(preview(&acme.owner, &tom, json!({})).await.expect(200).json());
        deactivate(&acme.owner, &tom, with(&kept)).await.expect_problem(412, "precondition_failed");
        // A lead more, a lead in other hands and back, a rotation more.
        let mut stale = hash(preview(&acme.owner, &tom, release.clone()).await.expect(200).json());
        for change in 0..3 {
            match change {
                0 => drop(own(&tom, "new").await),
                1 => {
                    let path = format!("/v1/leads/{}/owner", text(&lead["id"]));
                    for person in [&ann, &tom] {
                        acme.owner.put(&path, json!({"user_id": person.id})).await.expect(200);
                    }
                }
                _ => {
                    let path = format!("/v1/groups/{group}/members");
                    acme.owner.put(path, json!({"user_ids": [ann.id, tom.id]})).await.expect(200);
                }
            }
            let refused = deactivate(&acme.owner, &tom, with(&stale)).await;
            refused.expect_problem(412, "precondition_failed");
            tom.get("/v1/me").await.expect(200);
            assert_eq!(owner(&lead_of(&acme.owner, &lead).await), tom.id);
            stale = hash(preview(&acme.owner, &tom, release.clone()).await.expect(200).json());
        }
        // Another session more is no other plan: all of them end.
        let again = tom.signed_in_again().await;
        assert_eq!(members(&acme.owner, &group).await, [&*ann.id, &*tom.id]);
        let done = deactivate(&acme.owner, &tom, with(&stale)).await.expect(200).json();
        assert_eq!(done["sessions"], 2);
        again.get("/v1/me").await.expect_problem(401, "invalid_credentials");
        expect_sound_ledger(&acme, &group).await;
    }

    async fn every_fault_of_the_request_is_told(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, gone] = acme.agents(["Tom", "Gus"]).await;
        deactivate(&acme.owner, &gone, json!({})).await.expect(200);
        let (archived, foreign) = (acme.group("Old", &[]).await, globex.group("Sales", &[]).await);
        acme.owner.delete(format!("/v1/groups/{archived}")).await.expect(204);
        let faults = [
            (json!({"leads": {}}), vec![("/leads/action", "required")]),
            (json!({"leads": {"action": "eat"}}), vec![("/leads/action", "invalid_value")]),
            (json!({"leads": {"action": "give_back"}}), vec![("/leads/action", "invalid_value")]),
            (json!({"leads": {"action": "transfer"}}), vec![("/leads/user_id", "required")]),
            (json!({"leads": {"action": "distribute"}}), vec![("/leads/group_id", "required")]),
            (
                json!({"leads": {"action": "keep", "user_id": tom.id, "group_id": archived}, "api_keys": "x"}),
                vec![
                    ("/api_keys", "invalid_value"), ("/leads/group_id", "invalid_value"),
                    ("/leads/user_id", "invalid_value"),
                ],
            ),
            (json!({"tasks": 1, "leads": []}), vec![("/leads", "invalid_type"), ("/tasks", "unknown_field")]),
        ];
        for (body, expected) in faults {
            deactivate(&acme.owner, &tom, body.clone()).await.expect_faults(&expected);
            preview(&acme.owner, &tom, body).await.expect_faults(&expected);
        }
        for user in [&tom.id, &gone.id, &globex.owner.id] {
            let body = json!({"leads": {"action": "transfer", "user_id": user}});
            let refused = deactivate(&acme.owner, &tom, body).await;
            refused.expect_faults(&[("/leads/user_id", "unknown_user")]);
        }
        for group in [&archived, &foreign, &tom.id] {
            let body = json!({"leads": {"action": "distribute", "group_id": group}});
            let refused = deactivate(&acme.owner, &tom, body).await;
            refused.expect_faults(&[("/leads/group_id", "unknown_group")]);
        }
        let odd = acme.owner.post(format!("/v1/users/{}/deactivate?preview=yes", tom.id), json!({}));
        odd.await.expect_faults(&[("/preview", "invalid_value")]);
        tom.get("/v1/me").await.expect(200);
    }

    async fn who_may_not_or_cannot_is_told_so(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let (ada, mia) = (acme.person("admin", "Ada").await, acme.person("manager", "Mia").await);
        let tom = acme.agent("Tom").await;
        deactivate(&acme.owner, &acme.owner, json!({})).await.expect_problem(409, "cannot_deactivate_yourself");
        preview(&ada, &ada, json!({})).await.expect_problem(409, "cannot_deactivate_yourself");
        deactivate(&ada, &acme.owner, json!({})).await.expect_problem(403, "permission_denied");
        deactivate(&mia, &tom, json!({})).await.expect_problem(403, "permission_denied");
        deactivate(&ada, &globex.owner, json!({})).await.expect_problem(404, "not_found");
        let key = acme.integration(&["leads.create", "users.manage"]).await;
        deactivate(&key, &tom, json!({})).await.expect_problem(403, "person_required");
        acme.owner
            .post(format!("/v1/users/{}/deactivate", tom.id), json!({}))
            .if_match(&json!(77))
            .await
            .expect_problem(412, "precondition_failed");
        acme.owner.get(format!("/v1/users/{}/deactivation", tom.id)).await.expect_problem(404, "not_found");

        // An owner goes while another can manage people.
        let otto = acme.person("owner", "Otto").await;
        deactivate(&otto, &acme.owner, json!({})).await.expect(200);
        let path = format!("/v1/users/{}/deactivate", otto.id);
        acme.owner.post(path, json!({})).await.expect_problem(401, "invalid_credentials");
        deactivate(&ada, &otto, json!({})).await.expect_problem(403, "permission_denied");

        // Leads and keys are disposed of by who could do so one by one.
        let path = format!("/v1/users/{}/permissions", ada.id);
        for (denied, body) in [
            ("leads.assign", json!({"leads": {"action": "release"}})),
            ("leads.view_all", json!({"leads": {"action": "release"}})),
            ("api_keys.manage", json!({"api_keys": "revoke"})),
        ] {
            otto.put(&path, json!({"grant": [], "deny": [denied]})).await.expect(200);
            let refused = deactivate(&ada, &tom, body).await;
            assert_eq!(refused.expect_problem(403, "permission_denied")["permission"], denied);
        }
        deactivate(&ada, &tom, json!({})).await.expect(200);
        deactivate(&ada, &tom, json!({})).await.expect_problem(409, "user_inactive");
        preview(&otto, &tom, json!({})).await.expect_problem(409, "user_inactive");
        let body = json!({"leads": {"action": "release"}});
        deactivate(&otto, &tom, body).await.expect_problem(409, "user_inactive");
    }

    async fn leads_that_were_kept_can_be_moved_later(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let (first, second) = (own(&tom, "new").await, own(&tom, "qualified").await);
        deactivate(&acme.owner, &tom, json!({})).await.expect(200);
        let version = user(&acme.owner, &tom).await["version"].clone();
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        let done = deactivate(&acme.owner, &tom, body).await.expect(200).json();
        assert_eq!(counts(&done), [2, 2, 0, 0]);
        assert_eq!((&done["sessions"], &done["rotations"]), (&json!(0), &json!([])));
        assert_eq!(user(&acme.owner, &tom).await["version"], version);
        for lead in [&first, &second] {
            assert_eq!(owner(&lead_of(&ann, lead).await), ann.id);
        }
        expect_sound_ledger(&acme, &group).await;
    }

    async fn without_a_body_everything_is_kept(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom, "new").await;
        let path = format!("/v1/users/{}/deactivate", tom.id);
        let done = acme.owner.request(reqwest::Method::POST, path).await.expect(200).json();
        assert_eq!((&done["leads"]["action"], &done["api_keys"]), (&json!("keep"), &json!([])));
        assert_eq!(owner(&lead_of(&acme.owner, &lead).await), tom.id);
    }

    async fn an_invitation_dies_with_its_user(database: Database) {
        let acme = World::start(database).await;
        let token = acme.invitation("agent", "Ivy").await;
        let invited = acme.owner.get("/v1/users?status=invited").await.expect(200).items();
        let path = format!("/v1/users/{}", text(&invited[0]["id"]));
        let plan = acme.owner.post(format!("{path}/deactivate?preview=true"), json!({}));
        assert_eq!(plan.await.expect(200).json()["withdraws_invitation"], true);
        acme.owner.post(format!("{path}/deactivate"), json!({})).await.expect(200);
        let accept = format!("/v1/invitations/{token}/accept");
        let refused = acme.anonymous().post(accept, json!({"password": PASSWORD})).await;
        refused.expect_problem(409, "invitation_revoked");
        // Taken back, she waits for another link.
        let back = acme.owner.request(reqwest::Method::POST, format!("{path}/reactivate"));
        assert_eq!(back.await.expect(200).json()["status"], "invited");
        let body = json!({"send_email": false});
        let resent = acme.owner.post(format!("{path}/resend-invitation"), body).await.expect(200).json();
        let accept = format!("/v1/invitations/{}/accept", text(&resent["invitation"]["token"]));
        let joined = acme.anonymous().post(accept, json!({"password": PASSWORD})).await.expect(200);
        assert_eq!(joined.json()["user"]["status"], "active");
    }

    async fn keys_end_where_that_is_asked_for(database: Database) {
        let acme = World::start(database).await;
        let ada = acme.person("admin", "Ada").await;
        let made = json!({"name": "Form", "scopes": ["leads.create"]});
        let key = ada.post("/v1/api-keys", made).await.expect(201).json();
        let other = acme.integration(&["leads.create"]).await;
        let body = json!({"api_keys": "revoke"});
        let plan = preview(&acme.owner, &ada, body.clone()).await.expect(200).json();
        assert_eq!(plan["api_keys_action"], "revoke");
        let done = deactivate(&acme.owner, &ada, body).await.expect(200).json();
        assert_eq!(done["api_keys"], json!([{"id": key["id"], "name": "Form"}]));
        let form = acme.owner.with(crate::support::client::Credential::ApiKey(text(&key["key"])));
        let lead = json!({"first_name": "Lee"});
        form.post("/v1/leads", lead.clone()).await.expect_problem(401, "invalid_credentials");
        other.post("/v1/leads", lead).await.expect(201);
        let shown = acme.owner.get(format!("/v1/api-keys/{}", text(&key["id"]))).await.expect(200);
        assert_ne!(shown.json()["revoked_at"], Value::Null);
    }

    async fn many_leads_are_moved_by_a_job(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let from = acme.group("Old", &[&tom]).await;
        let form = acme.integration(&["leads.create"]).await;
        let leads = crate::support::leads::post_at_once(&[(*form).clone()], &from, 450).await;
        let group = acme.group_with_limits("Sales", &[&ann, &ben], 220, 0).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        let answer = deactivate(&acme.owner, &tom, body.clone()).await.expect(202);
        assert_eq!(answer.header("location"), format!("/v1/users/{}/deactivation", tom.id));
        let begun = answer.json();
        assert_eq!((&begun["status"], &begun["finished_at"]), (&json!("running"), &json!(null)));
        assert_eq!(begun["leads"]["total"], 450);
        tom.get("/v1/me").await.expect_problem(401, "invalid_credentials");

        let done = settled(&acme.owner, &tom).await;
        assert_eq!((&done["id"], &done["status"]), (&begun["id"], &json!("completed")));
        assert_eq!(counts(&done), [450, 440, 10, 0]);
        let moved = all_leads_of(&acme.owner, &group).await;
        assert_eq!(moved.len(), 450);
        let (dealt, left) = crate::support::leads::dealt_and_not(moved);
        crate::support::leads::expect_strict_order(&dealt, &[&ann.id, &ben.id]);
        assert!(per_owner(&dealt).values().all(|count| *count == 220));
        assert_eq!(left.len(), 10);
        for lead in leads.iter().step_by(50) {
            assert_eq!(history(&acme.owner, lead).await.len(), 2, "moved once");
        }
        for group in [&from, &group] {
            expect_sound_ledger(&acme, group).await;
        }
        deactivate(&acme.owner, &tom, body).await.expect_problem(409, "user_inactive");
        acme.ends_in_order(replicas).await;
    }
}
