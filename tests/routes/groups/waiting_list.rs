//! `/v1/groups/{id}/distribution/waiting`: what people do with it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::{owner, post_in_turn, turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, settled, undo};
use crate::support::waiting::{
    Then, forget_to_try, lead_ids, now, until_waiting, waiting, when_nobody_eligible,
};
use crate::support::world::World;

fn entry(group: &str, lead: &Value) -> String {
    format!("/v1/groups/{group}/distribution/waiting/{}", text(&lead["id"]))
}

both! {
    async fn has_pages_that_go_on_whatever_happens(database: Database) {
        let acme = World::start(database).await;
        let group = acme.group("Sales", &[]).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &group, 4).await;
        let path = format!("/v1/groups/{group}/distribution/waiting?limit=2");
        let page = acme.owner.get(&path).await.expect(200);
        assert_eq!(lead_ids(&page.items()), ids(&leads[..2]));
        acme.owner.delete(entry(&group, &leads[1])).await.expect(204);
        let cursor = text(&page.json()["next_cursor"]);
        let page = acme.owner.get(format!("{path}&cursor={cursor}")).await.expect(200);
        assert_eq!(lead_ids(&page.items()), ids(&leads[2..]));
        assert_eq!(page.json()["next_cursor"], Value::Null);
    }

    async fn a_lead_that_is_taken_off_stays_unassigned(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 1, 0).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &group, 4).await;
        acme.owner.delete(entry(&group, &leads[1])).await.expect(204);
        let lead = now(&acme.owner, &leads[1]).await;
        assert_eq!(lead["assignment"]["outcome"], "unassigned");
        assert_eq!(lead["assignment"]["reason"], "removed_from_waiting_list");
        assert_eq!(lead["assignment"]["next_attempt_at"], Value::Null);
        acme.owner.delete(entry(&group, &leads[1])).await.expect_problem(404, "not_found");
        acme.owner.delete(entry(&group, &leads[0])).await.expect_problem(404, "not_found");
        let raise = json!({"distribution": {"daily_limit": 0}});
        acme.owner.patch(format!("/v1/groups/{group}"), raise).await.expect(200);
        until_waiting(&acme.owner, &group, 0).await;
        assert_eq!(now(&acme.owner, &leads[1]).await["owner"], Value::Null);
        assert_eq!(turn(&now(&acme.owner, &leads[2]).await), 2);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn a_lead_that_is_given_to_somebody_or_released_waits_no_more(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group("Sales", &[]).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        let of = |lead: &Value| format!("/v1/leads/{}/owner", text(&lead["id"]));
        let given = acme.owner.put(of(&leads[0]), json!({"user_id": tom.id})).await.expect(200);
        assert_eq!(given.json()["assignment"]["outcome"], "assigned");
        let released = acme.owner.delete(of(&leads[1])).await.expect(200).json();
        assert_eq!(released["assignment"]["reason"], "released");
        let again = acme.owner.delete(of(&leads[1])).await.expect(200).json();
        assert_eq!(again["version"], released["version"], "nothing is left to be released");
        assert_eq!(lead_ids(&waiting(&acme.owner, &group).await), ids(&leads[2..]));
        let members = json!({"user_ids": [tom.id]});
        acme.owner.put(format!("/v1/groups/{group}/members"), members).await.expect(200);
        until_waiting(&acme.owner, &group, 0).await;
        assert_eq!(turn(&now(&acme.owner, &leads[2]).await), 1, "the others are not dealt");
        assert_eq!(now(&acme.owner, &leads[0]).await["assignment"]["source"], "manual");
        assert_eq!(now(&acme.owner, &leads[1]).await["owner"], Value::Null);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn a_lead_is_dealt_now_if_anybody_can_take_it(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = acme.group_with_limits("Sales", &[&tom], 2, 0).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let scopes = ["leads.create", "leads.view", "groups.view", "groups.manage"];
        let form = acme.integration(&scopes).await;
        let leads = post_in_turn(&form, &group, 5).await;
        let deal = |lead: &Value| form.request(Method::POST, format!("{}/deal", entry(&group, lead)));
        let refused = deal(&leads[4]).await.expect_problem(409, "nobody_eligible");
        assert!(text(&refused["detail"]).contains("all_members_at_limit"), "{refused}");
        assert_eq!(waiting(&form, &group).await.len(), 3, "it goes on waiting");

        forget_to_try(&acme.database, &group).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+24h")]).await;
        let dealt = deal(&leads[4]).await.expect(200).json();
        assert_eq!(dealt["lead_id"], leads[4]["id"]);
        assert_eq!(dealt["owner"]["id"], tom.id);
        assert_eq!(dealt["assignment"]["turn"], 3, "before those ahead of it");
        deal(&leads[4]).await.expect_problem(404, "not_found");
        // Now that somebody has looked, the others follow as far as they can.
        until_waiting(&form, &group, 1).await;
        assert_eq!(turn(&now(&form, &leads[2]).await), 4);
        acme.owner = acme.owner.signed_in_again().await;
        expect_sound_ledger(&acme, &group).await;
    }

    async fn leads_of_who_leaves_wait_behind_the_others_and_come_back(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let old = acme.group("Old", &[&tom]).await;
        let leads = post_in_turn(&acme.owner, &old, 2).await;
        let group = acme.group_with_limits("Sales", &[&ann], 1, 0).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let others = post_in_turn(&acme.owner, &group, 2).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        deactivate(&acme.owner, &tom, body).await.expect(200);
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [2, 0, 2, 0]);
        let list = lead_ids(&waiting(&acme.owner, &group).await);
        assert_eq!(list[0], text(&others[1]["id"]));
        assert_eq!(list.len(), 3);
        undo(&acme.owner, &tom).await.expect(200);
        settled(&acme.owner, &tom).await;
        for lead in &leads {
            assert_eq!(owner(&now(&acme.owner, lead).await), tom.id);
        }
        assert_eq!(waiting(&acme.owner, &group).await.len(), 1);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn is_for_who_manages_groups(database: Database) {
        let acme = World::start(database).await;
        let mia = acme.person("manager", "Mia").await;
        let tom = acme.agent("Tom").await;
        let globex = acme.second_organization().await;
        let group = acme.group("Sales", &[]).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        let list = format!("/v1/groups/{group}/distribution/waiting");
        assert_eq!(waiting(&mia, &group).await.len(), 1, "who sees groups sees who waits");
        tom.get(&list).await.expect_problem(403, "permission_denied");
        globex.owner.get(&list).await.expect_problem(404, "not_found");
        let deal = format!("{}/deal", entry(&group, &lead));
        for (person, status, code) in
            [(&mia, 403, "permission_denied"), (&globex.owner, 404, "not_found")]
        {
            person.delete(entry(&group, &lead)).await.expect_problem(status, code);
            person.request(Method::POST, &deal).await.expect_problem(status, code);
        }
        let other = acme.group("Other", &[&tom]).await;
        acme.owner.delete(entry(&other, &lead)).await.expect_problem(404, "not_found");
    }
}
