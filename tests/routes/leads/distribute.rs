//! `POST /v1/leads/{id}/distribute`.

use serde_json::{Value, json};

use crate::support::answer::{Answer, text};
use crate::support::both;
use crate::support::leads::{distribution, owner, turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::pool::{grant, group_for, latest, nobodys, set_members};
use crate::support::teams::{expect_sound_team, post_to_team};
use crate::support::world::{Person, World};

const NOBODY: &str = "01936d4e-7c1f-7a3b-9c55-3f2b8a9d1e01";

fn path(lead: &str) -> String {
    format!("/v1/leads/{lead}/distribute")
}

fn by(group: &str) -> Value {
    json!({"group_id": group})
}

fn anew(group: &str) -> Value {
    json!({"group_id": group, "redistribute": true})
}

async fn own(person: &Person) -> String {
    let body = json!({"first_name": "Lee", "assignment": {"mode": "me"}});
    text(&person.post("/v1/leads", body).await.expect(201).json()["id"])
}

#[track_caller]
fn expect_denied(answer: &Answer, permission: &str) {
    let problem = answer.expect_problem(403, "permission_denied");
    assert_eq!(problem["permission"], permission);
}

both! {
    async fn an_unassigned_lead_takes_a_turn(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group_with_limits("Sales", &[&tom, &ann], 5, 0).await;
        for (number, expected) in [(1, &tom), (2, &ann), (3, &tom)] {
            let lead = nobodys(&acme, "new").await;
            let answer = acme.owner.post(path(&lead), by(&group)).await.expect(200);
            assert_eq!(answer.header("etag"), "\"2\"");
            let dealt = answer.json();
            assert_eq!((owner(&dealt), turn(&dealt)), (expected.id.clone(), number));
            assert_eq!((&dealt["group_id"], &dealt["assignment"]["source"]), (&json!(group), &json!("distribution")));
            let told = latest(&acme.owner, &lead).await;
            assert_eq!(told["explanation"]["members"].as_array().unwrap().len(), 2, "{told}");
        }
        let state = distribution(&acme.owner, &group).await;
        let counts: Vec<_> = state["members"].as_array().unwrap().iter().map(|member| &member["today"]).collect();
        assert_eq!(counts, [2, 1]);
        assert_eq!(state["next"]["id"], ann.id);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn an_owned_lead_is_dealt_anew_only_when_told(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        let lead = own(&tom).await;
        for body in [by(&group), json!({"group_id": group, "redistribute": false})] {
            let refused = acme.owner.post(path(&lead), body).await;
            let problem = refused.expect_problem(409, "lead_owned");
            assert_eq!(problem["owner"]["id"], *tom.id);
            assert_eq!(problem["owner"]["first_name"], "Tom");
        }
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 0);
        let dealt = acme.owner.post(path(&lead), anew(&group)).await.expect(200).json();
        assert_eq!((owner(&dealt), turn(&dealt)), (ann.id.clone(), 1));
        let told = latest(&acme.owner, &lead).await;
        assert_eq!((&told["from"]["id"], &told["to"]["id"]), (&json!(tom.id), &json!(ann.id)));
        let looks_on = tom.get(format!("/v1/leads/{lead}")).await.expect(200).json();
        assert_eq!(looks_on["allowed_actions"], json!(["read"]));
        // Who has it may be dealt it again: the turn is theirs.
        let again = acme.owner.post(path(&lead), anew(&group)).await.expect(200).json();
        assert_eq!((owner(&again), turn(&again)), (ann.id.clone(), 2));
        expect_sound_ledger(&acme, &group).await;
    }

    async fn when_nobody_is_eligible_the_reason_is_told(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 1, 0).await;
        for expected in [Value::Null, json!("all_members_at_limit")] {
            let lead = nobodys(&acme, "new").await;
            let dealt = acme.owner.post(path(&lead), by(&group)).await.expect(200).json();
            assert_eq!(dealt["assignment"]["reason"], expected);
        }
        let lead = own(&tom).await;
        let dealt = acme.owner.post(path(&lead), anew(&group)).await.expect(200).json();
        assert_eq!(dealt["owner"], Value::Null);
        assert_eq!(dealt["group_id"], *group);
        let assignment = &dealt["assignment"];
        assert_eq!((&assignment["outcome"], &assignment["turn"]), (&json!("unassigned"), &Value::Null));
        assert!(assignment["ledger_hash"].is_string(), "{assignment}");
        set_members(&acme, &group, &[]).await;
        let dealt = acme.owner.post(path(&lead), by(&group)).await.expect(200).json();
        assert_eq!(dealt["assignment"]["reason"], "no_members");
        expect_sound_ledger(&acme, &group).await;
    }

    async fn what_is_expected_must_hold(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        let lead = own(&tom).await;
        let expecting = |owner: Value| {
            let mut body = anew(&group);
            body["expected_owner_id"] = owner;
            acme.owner.post(path(&lead), body)
        };
        for wrong in [json!(null), json!(ann.id)] {
            let answer = expecting(wrong).await;
            assert_eq!(answer.expect_problem(409, "owner_changed")["owner_id"], tom.id);
        }
        expecting(json!(tom.id)).if_match(&json!(2)).await.expect_problem(412, "precondition_failed");
        expecting(json!(tom.id)).if_match(&json!(1)).await.expect(200);
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 1);
    }

    async fn a_repetition_with_the_same_key_takes_no_second_turn(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        let lead = own(&tom).await;
        let ask = || acme.owner.post(path(&lead), anew(&group)).idempotency_key("deal");
        let first = ask().await.expect(200);
        let again = ask().await.expect(200);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!(again.json(), first.json());
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 1);
        let other = acme.owner.post(path(&lead), by(&group)).idempotency_key("deal").await;
        other.expect_problem(422, "idempotency_key_reused");
    }

    async fn every_fault_of_the_body_is_told(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let lead = nobodys(&acme, "new").await;
        let post = |body: Value| acme.owner.post(path(&lead), body);
        post(json!({})).await.expect_faults(&[("/group_id", "required")]);
        post(json!({"group_id": "x", "redistribute": 1, "expected_owner_id": "y", "why": 1}))
            .await
            .expect_faults(&[
                ("/expected_owner_id", "invalid_value"),
                ("/group_id", "invalid_value"),
                ("/redistribute", "invalid_type"),
                ("/why", "unknown_field"),
            ]);
        post(json!({"group_id": NOBODY, "team_id": NOBODY}))
            .await
            .expect_faults(&[("/team_id", "invalid_value")]);
        post(json!({"team_id": NOBODY})).await.expect_faults(&[("/team_id", "unknown_team")]);
        let theirs = globex.group("Sales", &[]).await;
        let gone = acme.group("Gone", &[]).await;
        acme.owner.delete(format!("/v1/groups/{gone}")).await.expect(204);
        for group in [NOBODY, &theirs, &gone] {
            post(by(group)).await.expect_faults(&[("/group_id", "unknown_group")]);
        }
        let answer = globex.owner.post(path(&lead), by(&theirs)).await;
        answer.expect_problem(404, "not_found");
        assert_eq!(distribution(&globex.owner, &theirs).await["turn"], 0);
    }

    async fn is_for_who_may_assign_and_by_rotations_that_are_theirs(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let [tom, ann, eve] = acme.agents(["Tom", "Ann", "Eve"]).await;
        acme.team("Blue", &[&mia], &[&tom]).await;
        let red = acme.team("Red", &[], &[&mia, &ann]).await;
        let group = acme.group("Sales", &[&ann]).await;
        let (toms, eves) = (own(&tom).await, own(&eve).await);
        expect_denied(&tom.post(path(&toms), anew(&group)).await, "leads.assign");
        expect_denied(&mia.post(path(&toms), anew(&group)).await, "leads.view_all");
        expect_denied(&mia.post(path(&toms), anew(NOBODY)).await, "leads.view_all");
        for team in [&*red, NOBODY] {
            let body = json!({"team_id": team, "redistribute": true});
            expect_denied(&mia.post(path(&toms), body).await, "leads.view_all");
        }
        mia.post(path(&eves), anew(&group)).await.expect_problem(404, "not_found");
        // What one only looks at is not to be dealt by them, whatever they hold.
        let made = mia.post("/v1/leads", json!({"first_name": "Lee"})).await.expect(201).json();
        expect_denied(&mia.post(path(&text(&made["id"])), by(&group)).await, "leads.assign");
        // Who may hand over their own only may not have it dealt.
        grant(&acme, &[&tom], &["leads.transfer_own"]).await;
        expect_denied(&tom.post(path(&toms), anew(&group)).await, "leads.assign");
        assert_eq!(distribution(&acme.owner, &group).await["turn"], 0);
    }

    /// A lead that their team could deal to nobody, and one of a user of theirs.
    async fn managers_have_leads_dealt_by_their_own_teams(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let max = acme.person("manager", "Max").await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let blue = acme.team("Blue", &[&mia], &[]).await;
        let red = acme.team("Red", &[&max], &[&ben]).await;
        let lead = post_to_team(&acme.owner, &blue, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "no_members");
        let lead = text(&lead["id"]);
        let about = async |user: &Person| {
            let told = format!("/v1/leads/{lead}/access?user_id={}", user.id);
            let told = acme.owner.get(told).await.expect(200).json();
            let rules = told["rules"].as_array().unwrap().clone();
            let rule = rules.into_iter().find(|rule| rule["rule"] == "unassigned_in_team");
            (told["visible"].as_bool().unwrap(), told["read_only"].as_bool().unwrap(), rule.unwrap())
        };
        let (visible, read_only, rule) = about(&mia).await;
        assert_eq!((visible, read_only), (true, false));
        assert_eq!((&rule["applies"], &rule["reason"]), (&json!(true), &json!("in_their_rotation")));
        assert_eq!(rule["teams"], json!([{"id": blue, "name": "Blue", "users": []}]));
        let (visible, _, rule) = about(&max).await;
        assert_eq!((visible, &rule["reason"]), (false, &json!("in_no_such_rotation")));

        acme.set_team(&blue, &[&mia], &[&tom, &ann]).await;
        let by = |team: &str| json!({"team_id": team});
        max.post(path(&lead), by(&red)).await.expect_problem(404, "not_found");
        expect_denied(&mia.post(path(&lead), by(&red)).await, "leads.view_all");
        let dealt = mia.post(path(&lead), by(&blue)).await.expect(200).json();
        assert_eq!((owner(&dealt), turn(&dealt)), (tom.id.clone(), 1));
        assert_eq!((&dealt["team_id"], &dealt["assignment"]["source"]), (&json!(blue), &json!("distribution")));
        let toms = own(&tom).await;
        let again = json!({"team_id": blue, "redistribute": true});
        let dealt = mia.post(path(&toms), again).await.expect(200).json();
        assert_eq!((owner(&dealt), turn(&dealt)), (ann.id.clone(), 2));
        assert_eq!(about(&mia).await.2["reason"], "has_an_owner");
        expect_sound_team(&acme, &blue).await;
    }

    async fn a_key_has_dealt_what_it_made_by_the_groups_it_is_bound_to(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let (sales, other) = (acme.group("Sales", &[&tom]).await, acme.group("Other", &[&tom]).await);
        let key = acme.integration_from(json!({
            "name": "Form", "scopes": ["leads.create", "leads.view", "leads.assign"],
            "group_ids": [sales],
        })).await;
        let lead = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
        let lead = text(&key.post("/v1/leads", lead).await.expect(201).json()["id"]);
        key.post(path(&lead), by(&other)).await.expect_faults(&[("/group_id", "unknown_group")]);
        let dealt = key.post(path(&lead), by(&sales)).await.expect(200).json();
        assert_eq!(owner(&dealt), tom.id);
        let hidden = nobodys(&acme, "new").await;
        key.post(path(&hidden), by(&sales)).await.expect_problem(404, "not_found");
    }

    async fn what_the_pool_let_one_see_is_seen_no_more(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        group_for(&acme, "Pool", &[&tom], &["new"]).await;
        let group = acme.group("Sales", &[&ann]).await;
        grant(&acme, &[&tom], &["leads.pick_up"]).await;
        let lead = nobodys(&acme, "new").await;
        tom.get(format!("/v1/leads/{lead}")).await.expect(200);
        acme.owner.post(path(&lead), by(&group)).await.expect(200);
        tom.get(format!("/v1/leads/{lead}")).await.expect_problem(404, "not_found");
    }
}
