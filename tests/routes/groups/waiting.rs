//! Groups whose leads wait when nobody is eligible: who waits, and what ends it.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::leads::{all_leads_of, distribution, owner, post_in_turn, turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{deactivate, reactivate};
use crate::support::time::{expect_instant, hours_after, local_day, offset_shortly_before};
use crate::support::waiting::{
    Then, expect_dealt_in_order, forget_to_try, lead_ids, now, until_waiting, waiting,
    when_nobody_eligible,
};
use crate::support::world::{Person, World};

/// A group that lets leads wait.
async fn waiting_group(acme: &World, members: &[&Person], daily: u32) -> String {
    let group = acme.group_with_limits("Sales", members, daily, 0).await;
    when_nobody_eligible(&acme.database, &group, Then::Wait).await;
    group
}

async fn set_paused(acme: &World, group: &str, person: &Person, body: Value) {
    let path = format!("/v1/groups/{group}/members/{}", person.id);
    acme.owner.patch(path, body).await.expect(200);
}

both! {
    async fn say_why_they_wait_and_until_when(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = waiting_group(&acme, &[&tom], 1).await;
        let leads = post_in_turn(&acme.owner, &group, 3).await;
        assert_eq!(owner(&leads[0]), tom.id);
        let rotation = &leads[0]["assignment"]["rotation_id"];
        let entries = distribution(&acme.owner, &group).await["entry"].clone();
        for (lead, reason) in leads[1..].iter().zip(["all_members_at_limit", "others_waiting"]) {
            let assignment = &lead["assignment"];
            assert_eq!(assignment["outcome"], "waiting", "{lead}");
            assert_eq!(assignment["reason"], reason);
            assert_eq!(assignment["rotation_id"], *rotation);
            assert_eq!((&lead["owner"], &lead["group_id"]), (&Value::Null, &json!(group)));
            assert_eq!((&assignment["turn"], &assignment["source"]), (&Value::Null, &Value::Null));
            let next = text(&assignment["next_attempt_at"]);
            expect_instant(&next);
            let (before, after) = (hours_after(&next, -1), hours_after(&next, 0));
            let day = |instant: &str| local_day(instant, &acme.time_zone);
            assert!(day(&before) < day(&after), "at local midnight: {next}");
            assert_eq!(now(&acme.owner, lead).await, *lead, "as it was told when it came");
        }
        assert_eq!(leads[2]["assignment"]["ledger_hash"], Value::Null, "nobody was asked");

        let list = waiting(&acme.owner, &group).await;
        assert_eq!(lead_ids(&list), ids(&leads[1..]));
        assert_eq!(list[0]["reason"], "all_members_at_limit");
        assert_eq!(list[0]["since"], leads[1]["assignment"]["decided_at"]);
        assert_eq!(list[0]["next_attempt_at"], leads[1]["assignment"]["next_attempt_at"]);
        let listed = all_leads_of(&acme.owner, &group).await;
        assert_eq!(listed[0]["assignment"], leads[2]["assignment"]);
        let path = format!("/v1/leads/{}/assignments", text(&leads[1]["id"]));
        let history = acme.owner.get(path).await.expect(200).items();
        assert_eq!(history[0]["outcome"], "waiting");
        assert_eq!(history[0]["next_attempt_at"], leads[1]["assignment"]["next_attempt_at"]);
        assert_eq!(distribution(&acme.owner, &group).await["entry"], entries);
        expect_sound_ledger(&acme, &group).await;
    }

    async fn are_dealt_when_a_limit_is_raised(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = waiting_group(&acme, &[&tom, &ann], 1).await;
        let leads = post_in_turn(&acme.owner, &group, 5).await;
        let path = format!("/v1/groups/{group}/members/{}", ann.id);
        acme.owner.patch(path, json!({"daily_limit": 2})).await.expect(200);
        until_waiting(&acme.owner, &group, 2).await;
        let third = now(&acme.owner, &leads[2]).await;
        assert_eq!((owner(&third), turn(&third)), (ann.id.clone(), 3));
        assert_eq!(third["assignment"]["outcome"], "assigned");
        assert_eq!(third["assignment"]["source"], "distribution");
        assert_eq!(third["assignment"]["next_attempt_at"], Value::Null);
        assert_eq!(third["version"], 2);
        let raise = json!({"distribution": {"daily_limit": 2}});
        acme.owner.patch(format!("/v1/groups/{group}"), raise).await.expect(200);
        until_waiting(&acme.owner, &group, 1).await;
        let fourth = now(&acme.owner, &leads[3]).await;
        assert_eq!((owner(&fourth), turn(&fourth)), (tom.id.clone(), 4));
        assert_eq!(lead_ids(&waiting(&acme.owner, &group).await), ids(&leads[4..]));
        expect_sound_ledger(&acme, &group).await;
    }

    async fn are_dealt_when_a_member_joins_comes_back_or_is_reactivated(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = waiting_group(&acme, &[], 0).await;
        let leads = post_in_turn(&acme.owner, &group, 2).await;
        assert_eq!(leads[0]["assignment"]["reason"], "no_members");
        assert_eq!(leads[0]["assignment"]["next_attempt_at"], Value::Null, "not by itself");
        let members = json!({"user_ids": [tom.id]});
        acme.owner.put(format!("/v1/groups/{group}/members"), members).await.expect(200);
        until_waiting(&acme.owner, &group, 0).await;
        assert_eq!(owner(&now(&acme.owner, &leads[1]).await), tom.id);

        set_paused(&acme, &group, &tom, json!({"paused": true})).await;
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "nobody_available");
        set_paused(&acme, &group, &tom, json!({"paused": false})).await;
        until_waiting(&acme.owner, &group, 0).await;

        let keep = json!({"leads": {"action": "keep"}});
        deactivate(&acme.owner, &tom, keep).await.expect(200);
        let lead = post_in_turn(&acme.owner, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["outcome"], "waiting");
        reactivate(&acme.owner, &tom).await.expect(200);
        until_waiting(&acme.owner, &group, 0).await;
        let dealt = now(&acme.owner, &lead).await;
        assert_eq!((owner(&dealt), turn(&dealt)), (tom.id.clone(), 4));
        expect_sound_ledger(&acme, &group).await;
    }

    async fn are_dealt_when_the_day_ends(database: Database) {
        let mut acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let group = waiting_group(&acme, &[&tom, &ann], 2).await;
        let form = acme.integration(&["leads.create", "leads.view", "groups.view"]).await;
        let leads = post_in_turn(&form, &group, 10).await;
        let midnight = text(&leads[4]["assignment"]["next_attempt_at"]);
        // Nothing is waited for but midnight, which comes while the server runs.
        let offset = offset_shortly_before(&midnight);
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", &offset)]).await;
        until_waiting(&form, &group, 2).await;
        let mut dealt = Vec::new();
        for lead in &leads[4..8] {
            let lead = now(&form, lead).await;
            assert!(text(&lead["assignment"]["decided_at"]) >= midnight, "{lead}");
            dealt.push(lead);
        }
        expect_dealt_in_order(&dealt, &ids(&leads[4..8]), 5);
        let left = now(&form, &leads[8]).await;
        assert_eq!(left["assignment"]["outcome"], "waiting");
        let next = text(&left["assignment"]["next_attempt_at"]);
        assert_eq!(local_day(&hours_after(&next, -24), &acme.time_zone),
            local_day(&midnight, &acme.time_zone));
        acme.owner = acme.owner.signed_in_again().await;
        expect_sound_ledger(&acme, &group).await;
    }

    async fn are_dealt_when_a_pause_ends(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = waiting_group(&acme, &[&tom], 0).await;
        let form = acme.integration(&["leads.create", "leads.view", "groups.view"]).await;
        let first = post_in_turn(&form, &group, 1).await.remove(0);
        let until = hours_after(&text(&first["created_at"]), 3);
        set_paused(&acme, &group, &tom, json!({"paused": true, "paused_until": until})).await;
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        let told = text(&lead["assignment"]["next_attempt_at"]);
        assert_eq!(hours_after(&told, 0), hours_after(&until, 0));
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+4h")]).await;
        until_waiting(&form, &group, 0).await;
        assert_eq!(owner(&now(&form, &lead).await), tom.id);
    }

    /// The service's own work is kept away: it is the newcomer that finds the others first.
    async fn are_never_overtaken_by_a_newcomer(database: Database) {
        let mut acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let group = waiting_group(&acme, &[&tom], 3).await;
        let form = acme.integration(&["leads.create", "leads.view", "groups.view"]).await;
        let leads = post_in_turn(&form, &group, 5).await;
        forget_to_try(&acme.database, &group).await;
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", "+24h")]).await;
        let later = post_in_turn(&form, &group, 2).await;
        assert_eq!((turn(&later[0]), owner(&later[0])), (6, tom.id.clone()));
        let mut dealt = Vec::new();
        for lead in &leads[3..] {
            dealt.push(now(&form, lead).await);
        }
        expect_dealt_in_order(&dealt, &ids(&leads[3..]), 4);
        assert_eq!(later[1]["assignment"]["outcome"], "waiting");

        // Whatever the group does by then, nobody overtakes who waits.
        when_nobody_eligible(&acme.database, &group, Then::Leave).await;
        let last = post_in_turn(&form, &group, 1).await.remove(0);
        assert_eq!(last["assignment"]["reason"], "others_waiting");
        acme.owner = acme.owner.signed_in_again().await;
        let raise = json!({"distribution": {"daily_limit": 0}});
        acme.owner.patch(format!("/v1/groups/{group}"), raise).await.expect(200);
        until_waiting(&form, &group, 0).await;
        assert_eq!(turn(&now(&form, &last).await), 8);
        set_paused(&acme, &group, &tom, json!({"paused": true})).await;
        let lead = post_in_turn(&form, &group, 1).await.remove(0);
        assert_eq!(lead["assignment"]["outcome"], "unassigned", "nobody waits any more");
        expect_sound_ledger(&acme, &group).await;
    }
}
