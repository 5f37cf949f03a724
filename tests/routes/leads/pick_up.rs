//! `POST /v1/leads/{id}/pick-up`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::client::Client;
use crate::support::leads::distribution;
use crate::support::ledger::expect_sound_ledger;
use crate::support::pool::{
    grant, group_for, latest, nobodys, nobodys_of, pick_up, pool, set_members,
};
use crate::support::world::{Person, World};

async fn picked(client: &Client, lead: &str) -> Answer {
    client.request(Method::POST, pick_up(lead)).await
}

async fn expect_hidden(client: &Client, lead: &str) {
    client.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
    picked(client, lead).await.expect_problem(404, "not_found");
    assert!(pool(client, "").await.is_empty());
}

async fn expect_in_pool(client: &Client, lead: &str) {
    let shown = client.get(format!("/v1/leads/{lead}")).await.expect(200).json();
    assert_eq!(shown["allowed_actions"], json!(["read", "pick_up"]));
    assert_eq!(pool(client, "").await, [lead]);
}

#[track_caller]
fn expect_taken(answer: &Answer, by: &Person) {
    let problem = answer.expect_problem(409, "lead_taken");
    assert_eq!(problem["owner"]["id"], *by.id);
    let first_name = text(&problem["owner"]["first_name"]);
    assert!(by.email.starts_with(&first_name.to_lowercase()), "{problem}");
}

both! {
    async fn gives_a_lead_of_the_pool_to_who_asks(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = group_for(&acme, "Sales", &[], &["new"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let lead = nobodys_of(&acme, &group, &[&tom, &ann]).await;
        let before = distribution(&acme.owner, &group).await;
        expect_in_pool(&tom, &lead).await;

        let answer = picked(&tom, &lead).await.expect(200);
        let mine = answer.json();
        assert_eq!(answer.header("etag"), "\"2\"");
        assert_eq!((&mine["owner"]["id"], &mine["version"]), (&json!(tom.id), &json!(2)));
        assert_eq!(mine["group_id"], *group, "it stays where it was");
        assert_eq!(mine["allowed_actions"], json!(["read", "edit"]));
        let assignment = &mine["assignment"];
        assert_eq!((&assignment["outcome"], &assignment["source"]), (&json!("assigned"), &json!("pick_up")));
        for member in ["reason", "turn", "ledger_hash", "rotation_id"] {
            assert_eq!(assignment[member], Value::Null, "{member}");
        }
        assert_eq!(tom.get(format!("/v1/leads/{lead}")).await.expect(200).json(), mine);
        let told = latest(&tom, &lead).await;
        assert_eq!((&told["from"], &told["to"]["id"]), (&json!(null), &json!(tom.id)));
        assert!(pool(&tom, "").await.is_empty());

        // No rotation takes notice, and no limit counts it.
        assert_eq!(distribution(&acme.owner, &group).await, before);
        assert!(before["members"].as_array().unwrap().iter().all(|member| member["today"] == 0));
        expect_sound_ledger(&acme, &group).await;

        let again = picked(&tom, &lead).await.expect(200).json();
        assert_eq!(again, mine, "whose it is already keeps it");
    }

    async fn tells_who_comes_too_late_who_has_it(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        group_for(&acme, "Sales", &[&tom, &ann, &ben], &["new"]).await;
        grant(&acme, &[&tom, &ann, &ben], &["leads.pick_up"]).await;
        let path = format!("/v1/users/{}/permissions", ben.id);
        let blind = json!({"grant": ["leads.pick_up"], "deny": ["users.view"]});
        acme.owner.put(path, blind).await.expect(200);
        let lead = nobodys(&acme, "new").await;
        picked(&tom, &lead).await.expect(200);
        expect_taken(&picked(&ann, &lead).await, &tom);
        let stale = ann.request(Method::POST, pick_up(&lead)).if_match(&json!(1)).await;
        expect_taken(&stale, &tom);
        let unnamed = picked(&ben, &lead).await.expect_problem(409, "lead_taken");
        assert_eq!(unnamed["owner"], Value::Null);
        assert!(unnamed.as_object().unwrap().contains_key("owner"), "{unnamed}");
        assert!(!unnamed["detail"].as_str().unwrap().contains("Tom"));
        // By assignment it is taken as well; who sees it is told in any case.
        let other = nobodys(&acme, "new").await;
        let to_ann = json!({"user_id": ann.id});
        acme.owner.put(format!("/v1/leads/{other}/owner"), to_ann).await.expect(200);
        expect_taken(&picked(&tom, &other).await, &ann);
        expect_taken(&picked(&acme.owner, &other).await, &ann);
        ann.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
    }

    async fn says_nothing_of_a_lead_that_was_never_in_the_pool(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let gina = globex.agent("Gina").await;
        let sales = group_for(&acme, "Sales", &[&tom], &["new", "contacted"]).await;
        let other = group_for(&acme, "Other", &[&ann], &["new"]).await;
        group_for(&globex, "Sales", &[&gina], &["new"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        grant(&globex, &[&gina], &["leads.pick_up"]).await;
        // Ann's from the beginning, of another group, in another status, of nobody's pool.
        let own = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
        let anns = text(&ann.post("/v1/leads", own).await.expect(201).json()["id"]);
        let of_other = nobodys_of(&acme, &other, &[&ann]).await;
        let won = nobodys(&acme, "won").await;
        let unknown = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01".to_owned();
        for lead in [&anns, &of_other, &won, &unknown] {
            expect_hidden(&tom, lead).await;
        }
        // What others took of another group's pool, or what the caller could not see before.
        let to_ann = json!({"user_id": ann.id});
        for lead in [&of_other, &won] {
            acme.owner.put(format!("/v1/leads/{lead}/owner"), to_ann.clone()).await.expect(200);
            expect_hidden(&tom, lead).await;
        }
        let lead = nobodys_of(&acme, &sales, &[&tom]).await;
        expect_in_pool(&tom, &lead).await;
        expect_hidden(&gina, &lead).await;
        globex.owner.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
        picked(&globex.owner, &lead).await.expect_problem(404, "not_found");
    }

    async fn is_for_who_has_the_permission_and_is_a_person(database: Database) {
        let acme = World::start(database).await;
        let [tom, mia] = [acme.agent("Tom").await, acme.person("manager", "Mia").await];
        group_for(&acme, "Sales", &[&tom, &mia, &acme.owner], &["new"]).await;
        let lead = nobodys(&acme, "new").await;
        tom.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
        assert!(tom.get("/v1/leads?owner=unassigned").await.expect(200).items().is_empty());
        for refused in [picked(&tom, &lead).await, tom.get("/v1/leads?pool=true").await] {
            let problem = refused.expect_problem(403, "permission_denied");
            assert_eq!(problem["permission"], "leads.pick_up");
        }
        let key = acme.integration(&["leads.view", "leads.view_all", "leads.pick_up"]).await;
        picked(&key, &lead).await.expect_problem(403, "person_required");
        key.get("/v1/leads?pool=true").await.expect_faults(&[("/pool", "invalid_value")]);
        assert_eq!(
            key.get(format!("/v1/leads/{lead}")).await.expect(200).json()["allowed_actions"],
            json!(["read"]),
        );
        // Who only may pick up, and may not see leads, has nothing to pick up.
        let path = format!("/v1/users/{}/permissions", tom.id);
        let blind = json!({"grant": ["leads.pick_up"], "deny": ["leads.view"]});
        acme.owner.put(path, blind).await.expect(200);
        picked(&tom, &lead).await.expect_problem(404, "not_found");
        // Managers may by their role.
        let shown = mia.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        assert_eq!(shown["allowed_actions"], json!(["read", "edit", "assign", "pick_up", "archive"]));
        picked(&mia, &lead).await.expect(200);
        expect_taken(&picked(&acme.owner, &lead).await, &mia);
    }

    async fn refuses_what_is_seen_and_is_in_no_pool(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        group_for(&acme, "Sales", &[&tom], &["contacted"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let made = tom.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        let lead = text(&made["id"]);
        for person in [&tom, &acme.owner] {
            picked(person, &lead).await.expect_problem(409, "not_in_pool");
        }
        let shown = acme.owner.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        assert_eq!((&shown["version"], &shown["owner"]), (&json!(1), &json!(null)));
    }

    async fn groups_and_what_they_allow_bite_at_once(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let tom = acme.agent("Tom").await;
        let group = group_for(&acme, "Sales", &[&tom], &["new"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let lead = nobodys(&acme, "new").await;
        let mut toms = vec![tom.on_a_new_connection()];
        toms.extend(replicas.iter().map(|replica| tom.at(replica)));
        let path = format!("/v1/groups/{group}");
        let allow = |statuses: Value| acme.owner.patch(&path, json!({"pick_up_statuses": statuses}));
        for _ in 0..2 {
            for client in &toms {
                expect_in_pool(client, &lead).await;
            }
            set_members(&acme, &group, &[]).await;
            for client in &toms {
                expect_hidden(client, &lead).await;
            }
            set_members(&acme, &group, &[&tom]).await;
            for client in &toms {
                expect_in_pool(client, &lead).await;
            }
            allow(json!(["contacted"])).await.expect(200);
            for client in &toms {
                expect_hidden(client, &lead).await;
            }
            allow(json!(["contacted", "new"])).await.expect(200);
        }
        // Being paused is no matter of the pool; a group that is out of use is.
        let member = format!("/v1/groups/{group}/members/{}", tom.id);
        acme.owner.patch(member, json!({"paused": true})).await.expect(200);
        expect_in_pool(&tom, &lead).await;
        acme.owner.delete(&path).await.expect(204);
        expect_hidden(&tom, &lead).await;
        acme.ends_in_order(replicas).await;
    }

    async fn a_version_may_be_named(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        group_for(&acme, "Sales", &[&tom], &["new"]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let lead = nobodys(&acme, "new").await;
        let ask = |version: i32| tom.request(Method::POST, pick_up(&lead)).if_match(&json!(version));
        ask(7).await.expect_problem(412, "precondition_failed");
        ask(1).await.expect(200);
    }

    async fn a_repetition_with_the_same_key_gets_the_same_answer(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        group_for(&acme, "Sales", &[&tom, &ann], &["new"]).await;
        grant(&acme, &[&tom, &ann], &["leads.pick_up"]).await;
        let (lead, other) = (nobodys(&acme, "new").await, nobodys(&acme, "new").await);
        let ask = |person: &Person, lead: &str| {
            person.request(Method::POST, pick_up(lead)).idempotency_key("mine")
        };
        let first = ask(&tom, &lead).await.expect(200);
        // Meanwhile it goes on to somebody else.
        let to_ann = json!({"user_id": ann.id});
        acme.owner.put(format!("/v1/leads/{lead}/owner"), to_ann).await.expect(200);
        let again = ask(&tom, &lead).await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!((again.json(), again.header("etag")), (first.json(), first.header("etag")));
        ask(&tom, &other).await.expect_problem(422, "idempotency_key_reused");
        // A refusal is not kept.
        picked(&ann, &other).await.expect(200);
        let late = |lead: &str| tom.request(Method::POST, pick_up(lead)).idempotency_key("late");
        expect_taken(&late(&other).await, &ann);
        acme.owner.delete(format!("/v1/leads/{other}/owner")).await.expect(200);
        late(&other).await.expect(200);
    }
}
