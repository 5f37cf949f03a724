//! `PUT` and `DELETE /v1/leads/{id}/owner`.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::{distribution, owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::{Person, World};

/// A lead of somebody's own; its id.
async fn own(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

/// A lead of nobody's, entered by somebody; its id.
async fn nobodys(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

fn path(lead: &str) -> String {
    format!("/v1/leads/{lead}/owner")
}

fn to(person: &Person) -> Value {
    json!({"user_id": person.id})
}

async fn lead_of(client: &Client, lead: &str) -> Value {
    client.get(format!("/v1/leads/{lead}")).await.expect(200).json()
}

async fn assignments(client: &Client, lead: &str) -> Vec<Value> {
    client.get(format!("/v1/leads/{lead}/assignments")).await.expect(200).items()
}

async fn grant(acme: &World, person: &Person, permission: &str) {
    let path = format!("/v1/users/{}/permissions", person.id);
    let body = json!({"grant": [permission], "deny": []});
    acme.owner.put(path, body).await.expect(200);
}

/// 403 that names this permission.
fn expect_denied(answer: &Answer, permission: &str) {
    let problem = answer.expect_problem(403, "permission_denied");
    assert_eq!(problem["permission"], permission, "{answer}");
}

both! {
    async fn assigning_transferring_and_releasing(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = nobodys(&acme.owner).await;

        let body = json!({"user_id": tom.id, "note": " Likes tea.\r\nCall after six. "});
        let answer = acme.owner.put(path(&lead), body).if_match(&json!(1)).await.expect(200);
        assert_eq!(answer.header("etag"), "\"2\"");
        let assigned = answer.json();
        assert_eq!((&assigned["version"], &assigned["owner"]["id"]), (&json!(2), &json!(tom.id)));
        let assignment = &assigned["assignment"];
        assert_eq!(assignment["outcome"], "assigned");
        assert_eq!((&assignment["source"], &assignment["reason"]), (&json!("manual"), &json!(null)));
        for member in ["rotation_id", "turn", "ledger_hash", "next_attempt_at"] {
            assert_eq!(assignment[member], Value::Null, "{member}");
        }
        assert_eq!(lead_of(&tom, &lead).await["owner"]["id"], tom.id);

        let transferred = acme.owner.put(path(&lead), to(&ann)).await.expect(200).json();
        assert_eq!(owner(&transferred), ann.id);
        assert_eq!(transferred["assignment"]["source"], "transfer");
        assert_eq!(transferred["version"], 3);

        let answer = acme.owner.delete(path(&lead)).await.expect(200);
        assert_eq!(answer.header("etag"), "\"4\"");
        let released = answer.json();
        assert_eq!(released["owner"], Value::Null);
        let assignment = &released["assignment"];
        assert_eq!(assignment["outcome"], "unassigned");
        assert_eq!((&assignment["source"], &assignment["reason"]), (&json!(null), &json!("released")));

        let history = assignments(&acme.owner, &lead).await;
        let told: Vec<(&Value, &Value, &Value)> = history
            .iter()
            .map(|told| (&told["from"]["id"], &told["to"]["id"], &told["note"]))
            .collect();
        assert_eq!(told, [
            (&json!(ann.id), &json!(null), &json!(null)),
            (&json!(tom.id), &json!(ann.id), &json!(null)),
            (&json!(null), &json!(tom.id), &json!("Likes tea.\nCall after six.")),
            (&json!(null), &json!(null), &json!(null)),
        ]);
        assert_eq!(history[0]["id"], released["assignment"]["id"]);
    }

    async fn the_same_owner_again_changes_nothing(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let lead = nobodys(&acme.owner).await;
        let first = acme.owner.put(path(&lead), to(&tom)).await.expect(200).json();
        let body = json!({"user_id": tom.id, "expected_owner_id": tom.id, "note": "Again"});
        assert_eq!(acme.owner.put(path(&lead), body).await.expect(200).json(), first);
        assert_eq!(assignments(&acme.owner, &lead).await.len(), 2);

        let released = acme.owner.delete(path(&lead)).await.expect(200).json();
        assert_eq!(acme.owner.delete(path(&lead)).await.expect(200).json(), released);
        assert_eq!(assignments(&acme.owner, &lead).await.len(), 3);
    }

    async fn a_release_says_why_and_what_it_expects_in_the_query(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own(&tom).await;
        let expecting = format!("{}?expected_owner_id={}", path(&lead), ann.id);
        let problem = acme.owner.delete(expecting).await.expect_problem(409, "owner_changed");
        assert_eq!(problem["owner_id"], tom.id);
        let with_all =
            format!("{}?expected_owner_id={}&note=No%20answer", path(&lead), tom.id);
        acme.owner.delete(with_all).await.expect(200);
        assert_eq!(assignments(&acme.owner, &lead).await[0]["note"], "No answer");
        let odd = format!("{}?expected_owner_id=tom&why=so", path(&lead));
        acme.owner.delete(odd).await.expect_faults(&[
            ("/expected_owner_id", "invalid_value"), ("/why", "unknown_parameter"),
        ]);
    }

    async fn what_is_expected_must_hold(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own(&tom).await;
        let expecting = |owner: Value| json!({"user_id": ann.id, "expected_owner_id": owner});
        for wrong in [json!(null), json!(ann.id)] {
            let answer = acme.owner.put(path(&lead), expecting(wrong)).await;
            assert_eq!(answer.expect_problem(409, "owner_changed")["owner_id"], tom.id);
        }
        acme.owner
            .put(path(&lead), to(&ann))
            .if_match(&json!(2))
            .await
            .expect_problem(412, "precondition_failed");
        acme.owner
            .delete(path(&lead))
            .if_match(&json!(2))
            .await
            .expect_problem(412, "precondition_failed");
        let right = expecting(json!(tom.id));
        acme.owner.put(path(&lead), right).if_match(&json!(1)).await.expect(200);

        acme.owner.delete(path(&lead)).await.expect(200);
        let problem = acme.owner
            .put(path(&lead), expecting(json!(tom.id)))
            .await
            .expect_problem(409, "owner_changed");
        assert!(problem.as_object().unwrap().contains_key("owner_id"), "{problem}");
        assert_eq!(problem["owner_id"], Value::Null);
        acme.owner.put(path(&lead), expecting(json!(null))).await.expect(200);
    }

    async fn every_fault_of_the_body_is_told(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let tom = acme.agent("Tom").await;
        let lead = own(&tom).await;
        let put = |body: Value| acme.owner.put(path(&lead), body);
        put(json!({})).await.expect_faults(&[("/user_id", "required")]);
        put(json!({"user_id": "Tom", "note": "x".repeat(2_001), "expected_owner_id": "", "why": 1}))
            .await
            .expect_faults(&[
                ("/expected_owner_id", "invalid_value"),
                ("/note", "too_long"),
                ("/user_id", "invalid_value"),
                ("/why", "unknown_field"),
            ]);
        put(json!({"user_id": tom.id, "note": "a\u{7}"}))
            .await
            .expect_faults(&[("/note", "forbidden_character")]);
        // Unknown, of another organization, invited, deactivated: none of them can own a lead.
        let invited = json!({"email": "ivy@acme.example", "first_name": "Ivy", "role": "agent",
            "send_email": false});
        let ivy = acme.owner.post("/v1/users", invited).await.expect(201).json();
        let gone = acme.agent("Gus").await;
        let deactivate = format!("/v1/users/{}/deactivate", gone.id);
        acme.owner.post(deactivate, json!({})).await.expect(200);
        let nobody = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01".to_owned();
        for (user, code) in [
            (nobody, "unknown_user"),
            (globex.owner.id.clone(), "unknown_user"),
            (text(&ivy["id"]), "invited_user"),
            (gone.id.clone(), "inactive_user"),
        ] {
            put(json!({"user_id": user})).await.expect_faults(&[("/user_id", code)]);
        }
        assert_eq!(lead_of(&acme.owner, &lead).await["version"], 1);
    }

    async fn a_manager_gives_the_leads_of_the_team_to_the_team(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, eve] = acme.agents(["Tom", "Ann", "Eve"]).await;
        acme.team("Blue", &[&mia], &[&tom, &ann]).await;
        let (toms, eves) = (own(&tom).await, own(&eve).await);

        mia.put(path(&toms), to(&ann)).await.expect(200);
        mia.put(path(&toms), to(&mia)).await.expect(200);
        expect_denied(&mia.put(path(&toms), to(&eve)).await, "leads.view_all");
        let stranger = json!({"user_id": "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01"});
        expect_denied(&mia.put(path(&toms), stranger).await, "leads.view_all");
        mia.put(path(&eves), to(&tom)).await.expect_problem(404, "not_found");
        mia.delete(path(&eves)).await.expect_problem(404, "not_found");

        // She loses sight of a lead that she released for somebody else, and is told what became of it.
        let anns = own(&ann).await;
        let released = mia.delete(path(&anns)).await.expect(200).json();
        assert_eq!((&released["owner"], &released["allowed_actions"]), (&json!(null), &json!([])));
        mia.get(format!("/v1/leads/{anns}")).await.expect_problem(404, "not_found");
        mia.put(path(&anns), to(&ann)).await.expect_problem(404, "not_found");
    }

    async fn former_owner_and_creator_only_look(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        for person in [&tom, &mia] {
            grant(&acme, person, "leads.assign").await;
        }
        let lead = own(&tom).await;
        acme.owner.put(path(&lead), to(&ann)).await.expect(200);
        assert_eq!(lead_of(&tom, &lead).await["allowed_actions"], json!(["read"]));
        expect_denied(&tom.put(path(&lead), to(&tom)).await, "leads.assign");
        expect_denied(&tom.delete(path(&lead)).await, "leads.assign");

        let entered = json!({"first_name": "Lee", "assignment": {"mode": "user", "user_id": mia.id}});
        let entered = mia.post("/v1/leads", entered).await.expect(201).json();
        let entered = text(&entered["id"]);
        acme.owner.put(path(&entered), to(&ann)).await.expect(200);
        expect_denied(&mia.delete(path(&entered)).await, "leads.assign");
        // Theirs again, they may again.
        acme.owner.put(path(&entered), to(&mia)).await.expect(200);
        assert_eq!(mia.delete(path(&entered)).await.expect(200).json()["allowed_actions"], json!(["read"]));
        expect_denied(&mia.put(path(&entered), to(&mia)).await, "leads.assign");
    }

    async fn an_agent_hands_over_their_own_where_that_was_granted(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let lead = own(&tom).await;
        expect_denied(&tom.put(path(&lead), to(&ann)).await, "leads.assign");
        expect_denied(&tom.delete(path(&lead)).await, "leads.assign");

        grant(&acme, &tom, "leads.transfer_own").await;
        let given = tom.put(path(&lead), to(&ann)).await.expect(200).json();
        assert_eq!(given["allowed_actions"], json!(["read"]), "a former owner");
        expect_denied(&tom.put(path(&lead), to(&tom)).await, "leads.assign");
        let released = own(&tom).await;
        tom.delete(path(&released)).await.expect(200);
        assert_eq!(lead_of(&tom, &released).await["owner"], Value::Null);
        expect_denied(&tom.put(path(&released), to(&tom)).await, "leads.assign");
        let anns = own(&ann).await;
        tom.put(path(&anns), to(&tom)).await.expect_problem(404, "not_found");
    }

    async fn a_key_gives_away_what_it_made(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let form = acme.integration(&["leads.create", "leads.view", "leads.assign"]).await;
        let lead = form.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        let given = form.put(path(&text(&lead["id"])), to(&tom)).await.expect(200).json();
        assert_eq!(owner(&given), tom.id);
        let toms = own(&tom).await;
        form.put(path(&toms), to(&tom)).await.expect_problem(404, "not_found");
        let blind = acme.integration(&["leads.create"]).await;
        expect_denied(&blind.put(path(&toms), to(&tom)).await, "leads.assign");
    }

    async fn no_rotation_takes_notice(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 5, 0).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let before = distribution(&acme.owner, &group).await;
        for lead in &leads {
            let lead = text(&lead["id"]);
            acme.owner.put(path(&lead), to(&ann)).await.expect(200);
            let moved = acme.owner.delete(path(&lead)).await.expect(200).json();
            assert_eq!(moved["group_id"], *group, "where it was given to");
            acme.owner.put(path(&lead), to(&tom)).await.expect(200);
        }
        assert_eq!(distribution(&acme.owner, &group).await, before);
        let fourth = post_in_turn(&acme.owner, &group, 1).await;
        assert_eq!(owner(&fourth[0]), ann.id);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn of_many_who_expect_the_same_owner_one_wins(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let mut clients = vec![acme.owner.on_a_new_connection()];
        clients.extend(replicas.iter().map(|replica| acme.owner.at(replica)));
        let agents = acme.agents(["Tom", "Ann", "Ben", "Eve"]).await;
        let mut last = agents[0].clone();
        let lead = own(&last).await;
        for round in 1..=8 {
            let mut racing = JoinSet::new();
            for (client, agent) in clients.iter().cycle().zip(&agents).filter(|(_, agent)| agent.id != last.id) {
                let (client, agent) = (client.on_a_new_connection(), agent.clone());
                let body = json!({"user_id": agent.id, "expected_owner_id": last.id});
                let path = path(&lead);
                racing.spawn(async move { (agent, client.put(path, body).await) });
            }
            let mut winners = Vec::new();
            for (agent, answer) in racing.join_all().await {
                if answer.status == 200 {
                    winners.push(agent);
                } else {
                    let problem = answer.expect_problem(409, "owner_changed");
                    assert_ne!(problem["owner_id"], *last.id);
                }
            }
            assert_eq!(winners.len(), 1, "one wins");
            last = winners.remove(0);
            let stored = lead_of(&acme.owner, &lead).await;
            assert_eq!(owner(&stored), last.id);
            assert_eq!(stored["version"], round + 1);
        }
        // An unbroken chain: each took it from the one before.
        let history = assignments(&acme.owner, &lead).await;
        assert_eq!(history.len(), 9);
        for pair in history.windows(2) {
            assert_eq!(pair[0]["from"], pair[1]["to"]);
        }
        acme.ends_in_order(replicas).await;
    }

    async fn of_many_with_the_same_version_one_wins(database: Database) {
        let acme = World::start(database).await;
        let agents = acme.agents(["Tom", "Ann", "Ben"]).await;
        let lead = nobodys(&acme.owner).await;
        let mut racing = JoinSet::new();
        for agent in &agents {
            let (client, body, path) = (acme.owner.on_a_new_connection(), to(agent), path(&lead));
            racing.spawn(async move { client.put(path, body).if_match(&json!(1)).await });
        }
        let mut statuses: Vec<u16> =
            racing.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412]);
        assert_eq!(lead_of(&acme.owner, &lead).await["version"], 2);
    }

    async fn leads_in_opposite_directions_at_once_end_in_one_place_each(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let mut leads = Vec::new();
        for _ in 0..4 {
            leads.push(own(&tom).await);
        }
        let mut moving = JoinSet::new();
        for turn in 0..64 {
            let client = match replicas.first() {
                Some(replica) if turn % 2 == 1 => acme.owner.at(replica),
                _ => acme.owner.on_a_new_connection(),
            };
            let lead = leads[turn % 4].clone();
            let whom = if turn % 3 == 0 { ann.clone() } else { tom.clone() };
            moving.spawn(async move {
                match turn % 7 {
                    0 => client.delete(path(&lead)).await,
                    _ => client.put(path(&lead), to(&whom)).await,
                }
            });
        }
        for answer in moving.join_all().await {
            assert_eq!(answer.status, 200, "{answer}");
        }
        for lead in &leads {
            let stored = lead_of(&acme.owner, lead).await;
            let history = assignments(&acme.owner, lead).await;
            assert_eq!(history[0]["to"], stored["owner"]);
            assert_eq!(stored["version"], history.len());
            for pair in history.windows(2) {
                assert_eq!(pair[0]["from"], pair[1]["to"], "an unbroken chain");
            }
        }
        acme.ends_in_order(replicas).await;
    }
}
