//! `PUT` and `GET /v1/groups/{id}/members`.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::both;
use crate::support::crowd::add_agents;
use crate::support::leads::{distribution, owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::{Person, World};

fn list(members: &[&Person]) -> Value {
    json!({"user_ids": members.iter().map(|member| &member.id).collect::<Vec<_>>()})
}

both! {
    async fn are_kept_in_the_order_given(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&tom]).await;
        let path = format!("/v1/groups/{group}/members");
        let written = acme.owner.put(&path, list(&[&ann, &tom])).await.expect(200).items();
        let read = acme.owner.get(&path).await.expect(200).items();
        assert_eq!(written, read);
        let named =
            json!({"id": ann.id, "first_name": "Ann", "last_name": null, "partner": false});
        assert_eq!(read[0]["user"], named);
        assert_eq!(text(&read[1]["user"]["id"]), tom.id);
        assert!(read[0]["position"].as_u64() < read[1]["position"].as_u64());
        for member in &read {
            assert_eq!(member["daily_limit"], Value::Null, "null means the group's");
            assert_eq!(member["paused"], false);
        }
        let group = acme.owner.get(format!("/v1/groups/{group}")).await.expect(200).json();
        assert_eq!(group["member_count"], 2);
    }

    async fn must_be_users_of_the_organization_each_once(database: Database) {
        let acme = World::start(database).await;
        let globex = acme.second_organization().await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}/members");
        let answer = acme.owner.put(&path, list(&[&acme.owner, &globex.owner, &acme.owner])).await;
        answer.expect_faults(&[("/user_ids/1", "unknown_user"), ("/user_ids/2", "duplicate")]);
        let many: Vec<String> =
            (0..1001).map(|n| format!("01890a5d-ac96-774b-bcce-{n:012}")).collect();
        let answer = acme.owner.put(&path, json!({"user_ids": many})).await;
        answer.expect_faults(&[("/user_ids", "too_many")]);
    }

    async fn are_at_most_a_thousand_and_all_of_them_are_dealt_to(database: Database) {
        let acme = World::start(database).await;
        let crowd = add_agents(&acme, 1001).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}/members");
        let answer = acme.owner.put(&path, json!({"user_ids": crowd})).await;
        answer.expect_faults(&[("/user_ids", "too_many")]);
        assert!(acme.owner.get(&path).await.expect(200).items().is_empty());
        let thousand = &crowd[..1000];
        acme.owner.put(&path, json!({"user_ids": thousand})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        assert_eq!(leads.iter().map(owner).collect::<Vec<_>>(), thousand[..3]);
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["members"].as_array().unwrap().len(), 1000);
        assert_eq!((&state["turn"], &state["next"]["id"]), (&json!(3), &json!(thousand[3])));
        // The turn goes round: from the last to the first.
        let last_first: Vec<&String> = thousand.iter().rev().collect();
        acme.owner.put(&path, json!({"user_ids": last_first})).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 5).await;
        let expected = [3, 2, 1, 0, 999].map(|place| thousand[place].clone());
        assert_eq!(leads.iter().map(owner).collect::<Vec<_>>(), expected);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn honour_if_match(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        let path = format!("/v1/groups/{group}/members");
        let stale = acme.owner.put(&path, list(&[&acme.owner])).if_match(&json!(999)).await;
        stale.expect_problem(412, "precondition_failed");
        assert!(acme.owner.get(&path).await.expect(200).items().is_empty());
    }

    async fn a_new_member_comes_at_the_end_of_the_order(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let path = format!("/v1/groups/{group}/members");
        acme.owner.put(path, list(&[&tom, &ann, &ben])).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 4).await;
        let order: Vec<String> = leads.iter().map(owner).collect();
        assert_eq!(order, [&*ann.id, &*ben.id, &*tom.id, &*ann.id]);
    }

    async fn who_leaves_passes_the_turn_to_the_successor(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        assert_eq!(distribution(&acme.owner, &group).await["next"]["id"], ann.id);
        let path = format!("/v1/groups/{group}/members");
        acme.owner.put(path, list(&[&tom, &ben])).await.expect(200);
        assert_eq!(distribution(&acme.owner, &group).await["next"]["id"], ben.id);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let order: Vec<String> = leads.iter().map(owner).collect();
        assert_eq!(order, [&*ben.id, &*tom.id, &*ben.id]);
    }

    async fn whose_turn_it_is_stays_so_when_the_order_changes(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, ben] = acme.agents(["Tom", "Ann", "Ben"]).await;
        let group = acme.group("Sales", &[&tom, &ann, &ben]).await;
        post_in_turn(&acme.owner, &group, 1).await;
        let path = format!("/v1/groups/{group}/members");
        acme.owner.put(path, list(&[&ben, &ann, &tom])).await.expect(200);
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let order: Vec<String> = leads.iter().map(owner).collect();
        assert_eq!(order, [&*ann.id, &*tom.id, &*ben.id]);
    }

    async fn who_leaves_and_comes_back_finds_their_counts_again(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 2, 0).await;
        post_in_turn(&acme.owner, &group, 2).await;
        let path = format!("/v1/groups/{group}/members");
        acme.owner.put(&path, list(&[])).await.expect(200);
        acme.owner.put(&path, list(&[&tom])).await.expect(200);
        let state = distribution(&acme.owner, &group).await;
        assert_eq!(state["members"][0]["today"], 2);
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "all_members_at_limit");
    }
}
