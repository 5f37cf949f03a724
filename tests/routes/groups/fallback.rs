//! Groups whose leads go on to another group, or to a user, when nobody is eligible.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::{distribution, owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, settled};
use crate::support::pool::set_members;
use crate::support::waiting::{
    Then, forget_to_try, lead_ids, now, until_waiting, waiting, when_nobody_eligible,
};
use crate::support::world::World;

async fn latest(acme: &World, lead: &Value) -> Value {
    let path = format!("/v1/leads/{}/assignments", text(&lead["id"]));
    acme.owner.get(path).await.expect(200).items().remove(0)
}

both! {
    async fn pass_leads_on_step_by_step(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, uma] = acme.agents(["Tom", "Ann", "Uma"]).await;
        let first = acme.group_with_limits("First", &[&tom], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::User(&uma.id)).await;
        let leads = post_in_turn(&acme.owner, &first, 3).await;
        let owners: Vec<String> = leads.iter().map(owner).collect();
        assert_eq!(owners, [&*tom.id, &*ann.id, &*uma.id]);
        let groups = [&leads[0]["group_id"], &leads[1]["group_id"], &leads[2]["group_id"]];
        assert_eq!(groups, [&json!(first), &json!(second), &json!(second)], "where it rests");
        for lead in &leads {
            assert_eq!(lead["assignment"]["outcome"], "assigned");
            assert_eq!(lead["assignment"]["source"], "distribution");
        }
        assert_eq!(leads[1]["assignment"]["turn"], 1, "the second group's own");
        assert_eq!(leads[2]["assignment"]["turn"], Value::Null, "nobody's turn");
        assert_eq!(leads[2]["assignment"]["ledger_hash"], Value::Null);

        let rotation = distribution(&acme.owner, &first).await["rotation_id"].clone();
        let told = latest(&acme, &leads[1]).await;
        let step = &told["passed_on"][0];
        assert_eq!((&step["rotation_id"], &step["reason"]), (&rotation, &json!("all_members_at_limit")));
        assert_eq!(step["explanation"]["members"][0]["reason"], "daily_limit_reached");
        assert_eq!(told["explanation"]["members"][0]["outcome"], "chosen");
        let told = latest(&acme, &leads[2]).await;
        assert_eq!(told["passed_on"].as_array().unwrap().len(), 2);
        assert_eq!(told["explanation"], Value::Null);
        assert_eq!(latest(&acme, &leads[0]).await["passed_on"], json!([]));
        expect_sound_ledger(&acme, &first).await;
        expect_sound_ledger(&acme, &second).await;
    }

    async fn leave_a_lead_where_the_last_could_not_deal_it(database: Database) {
        let acme = World::start(database).await;
        let uma = acme.agent("Uma").await;
        let first = acme.group("First", &[]).await;
        let second = acme.group_with_limits("Second", &[&uma], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        let leads = post_in_turn(&acme.owner, &first, 2).await;
        assert_eq!(owner(&leads[0]), uma.id);
        assert_eq!(leads[1]["assignment"]["outcome"], "unassigned");
        assert_eq!(leads[1]["assignment"]["reason"], "all_members_at_limit");
        assert_eq!(leads[1]["group_id"], second);
        // Who is not active any more gets nothing; what is gone deals nothing.
        when_nobody_eligible(&acme.database, &first, Then::User(&uma.id)).await;
        let keep = json!({"leads": {"action": "keep"}});
        deactivate(&acme.owner, &uma, keep).await.expect(200);
        let lead = post_in_turn(&acme.owner, &first, 1).await.remove(0);
        assert_eq!((&lead["owner"], &lead["assignment"]["reason"]), (&Value::Null, &json!("no_members")));
        when_nobody_eligible(&acme.database, &first, Then::Leave).await;
        acme.owner.delete(format!("/v1/groups/{second}")).await.expect(204);
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        let lead = post_in_turn(&acme.owner, &first, 1).await.remove(0);
        assert_eq!((&lead["owner"], &lead["group_id"]), (&Value::Null, &json!(first)));
        assert_eq!(lead["assignment"]["reason"], "no_members");
        assert_eq!(latest(&acme, &lead).await["passed_on"], json!([]));
        expect_sound_ledger(&acme, &first).await;
    }

    async fn let_a_lead_wait_for_the_last(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let first = acme.group_with_limits("First", &[&tom], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &first, 4).await;
        for (lead, reason) in leads[2..].iter().zip(["all_members_at_limit", "others_waiting"]) {
            assert_eq!(lead["assignment"]["outcome"], "waiting");
            assert_eq!(lead["assignment"]["reason"], reason);
            assert_eq!(lead["group_id"], second);
            assert_eq!(latest(&acme, lead).await["passed_on"].as_array().unwrap().len(), 1);
        }
        assert!(waiting(&acme.owner, &first).await.is_empty());
        let raise = json!({"distribution": {"daily_limit": 0}});
        acme.owner.patch(format!("/v1/groups/{second}"), raise).await.expect(200);
        until_waiting(&acme.owner, &second, 0).await;
        for lead in &leads[2..] {
            assert_eq!(owner(&now(&acme.owner, lead).await), ann.id);
        }
        expect_sound_ledger(&acme, &first).await;
        expect_sound_ledger(&acme, &second).await;
    }

    async fn take_leads_that_are_distributed_later_singly_and_in_bulk(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, uma] = acme.agents(["Tom", "Ann", "Uma"]).await;
        let first = acme.group_with_limits("First", &[&tom], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 2, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::User(&uma.id)).await;
        post_in_turn(&acme.owner, &first, 1).await;
        let mut owners = Vec::new();
        for place in 0..4 {
            let body = json!({"first_name": "Lee", "assignment": {"mode": "none"}});
            let lead = acme.owner.post("/v1/leads", body).await.expect(201).json();
            if place % 2 == 0 {
                let path = format!("/v1/leads/{}/distribute", text(&lead["id"]));
                acme.owner.post(path, json!({"group_id": first})).await.expect(200);
            } else {
                let body = json!({"lead_ids": [lead["id"]], "to": {"group_id": first}});
                acme.owner.post("/v1/leads/bulk-assign", body).await.expect(200);
            }
            let told = latest(&acme, &lead).await;
            assert_eq!(told["passed_on"].as_array().unwrap().len(), if place < 2 { 1 } else { 2 });
            owners.push(owner(&now(&acme.owner, &lead).await));
        }
        assert_eq!(owners, [&*ann.id, &*ann.id, &*uma.id, &*uma.id]);
        expect_sound_ledger(&acme, &first).await;
        expect_sound_ledger(&acme, &second).await;
    }

    async fn keep_the_place_of_who_waits_for_them_already(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let first = acme.group_with_limits("First", &[&tom], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &first, 5).await;
        let before = lead_ids(&waiting(&acme.owner, &second).await);
        assert_eq!(before, ids(&leads[2..]));
        let body = json!({"lead_ids": [before[0]], "to": {"group_id": first}});
        acme.owner.post("/v1/leads/bulk-assign", body).await.expect(200);
        let path = format!("/v1/leads/{}/distribute", before[1]);
        acme.owner.post(path, json!({"group_id": first})).await.expect(200);
        assert_eq!(lead_ids(&waiting(&acme.owner, &second).await), before);
        expect_sound_ledger(&acme, &first).await;
    }

    async fn let_those_go_that_joined_a_lead_which_is_dealt_by_the_first(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let first = acme.group("First", &[]).await;
        let second = acme.group_with_limits("Second", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::Wait).await;
        post_in_turn(&acme.owner, &first, 1).await;
        let mut leads = Vec::new();
        for _ in 0..2 {
            let body = json!({"email": "lee@customer.example",
                              "assignment": {"mode": "distribute", "group_id": first}});
            leads.push(acme.owner.post("/v1/leads", body).await.expect(201).json());
        }
        set_members(&acme, &first, &[&tom]).await;
        forget_to_try(&acme.database, &second).await;
        let body = json!({"lead_ids": [leads[0]["id"]], "to": {"group_id": first}});
        acme.owner.post("/v1/leads/bulk-assign", body).await.expect(200);
        until_waiting(&acme.owner, &second, 0).await;
        for lead in &leads {
            assert_eq!(owner(&now(&acme.owner, lead).await), tom.id);
        }
    }

    async fn take_the_leads_of_who_leaves(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann, uma] = acme.agents(["Tom", "Ann", "Uma"]).await;
        let old = acme.group("Old", &[&tom]).await;
        let leads = post_in_turn(&acme.owner, &old, 3).await;
        let first = acme.group_with_limits("First", &[&ann], 1, 0).await;
        let second = acme.group_with_limits("Second", &[&tom], 1, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&second)).await;
        when_nobody_eligible(&acme.database, &second, Then::User(&uma.id)).await;
        let body = json!({"leads": {"action": "distribute", "group_id": first}});
        deactivate(&acme.owner, &tom, body).await.expect(200);
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [3, 3, 0, 0]);
        let mut owners = Vec::new();
        for lead in &leads {
            owners.push(owner(&now(&acme.owner, lead).await));
        }
        owners.sort();
        let mut expected = vec![ann.id, uma.id.clone(), uma.id];
        expected.sort();
        assert_eq!(owners, expected, "Tom himself is in no group any more");
        for group in [&first, &second, &old] {
            expect_sound_ledger(&acme, group).await;
        }
    }
}
