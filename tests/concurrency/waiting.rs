//! Leads that wait, while others come, servers die and several of them deal.

use std::os::unix::process::ExitStatusExt as _;

use serde_json::{Value, json};

use super::order::at_each;
use crate::support::answer::ids;
use crate::support::both;
use crate::support::database::Database;
use crate::support::leads::{
    all_leads_of, distribution, expect_gapless_turns, owner, post_at_once, turn,
};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::history;
use crate::support::waiting::{
    Then, expect_dealt_in_order, lead_ids, until_waiting, waiting, when_nobody_eligible,
};
use crate::support::world::{Integration, Person, World};

/// More than two transactions' worth.
const LEADS: usize = 230;

/// A group whose only members are paused, with leads that wait for it.
struct Queue {
    acme: World,
    group: String,
    members: [Person; 2],
    form: Integration,
    order: Vec<String>,
}

impl Queue {
    async fn of(database: Database) -> Self {
        let acme = World::start(database).await;
        let members = acme.agents(["Tom", "Ann"]).await;
        let group = acme.group("Sales", &[&members[0], &members[1]]).await;
        when_nobody_eligible(&acme.database, &group, Then::Wait).await;
        let queue = Self {
            form: acme.integration(&["leads.create"]).await,
            acme,
            group,
            members,
            order: Vec::new(),
        };
        for member in &queue.members {
            queue.pause(member, true).await;
        }
        post_at_once(&[(*queue.form).clone()], &queue.group, LEADS).await;
        let order = lead_ids(&waiting(&queue.acme.owner, &queue.group).await);
        assert_eq!(order.len(), LEADS);
        Self { order, ..queue }
    }

    async fn pause(&self, member: &Person, paused: bool) {
        let path = format!("/v1/groups/{}/members/{}", self.group, member.id);
        self.acme.owner.patch(path, json!({"paused": paused})).await.expect(200);
    }

    /// Everything was dealt once, and who waited first.
    async fn expect_dealt(&self, newcomers: usize) -> Vec<Value> {
        until_waiting(&self.acme.owner, &self.group, 0).await;
        let leads = all_leads_of(&self.acme.owner, &self.group).await;
        assert_eq!(leads.len(), LEADS + newcomers);
        expect_gapless_turns(&leads);
        expect_dealt_in_order(&leads, &self.order, 1);
        for lead in leads.iter().filter(|lead| turn(lead) <= LEADS).step_by(40) {
            assert_eq!(history(&self.acme.owner, lead).await.len(), 2, "waited, and was dealt");
        }
        expect_sound_ledger(&self.acme, &self.group).await;
        leads
    }
}

/// A server dies when it passes the point for the n-th time while it deals what waited; others, and
/// itself started again, go on.
async fn survives(database: Database, point: &str, time: u32) {
    let mut queue = Queue::of(database).await;
    let crash = format!("{point}:{time}");
    queue.acme.server.restart_with(&[("EVENHAND_CRASH_AT", &crash)]).await;
    // It may be dead before it has answered.
    let path = format!("/v1/groups/{}/members/{}", queue.group, queue.members[0].id);
    drop(queue.acme.owner.patch(path, json!({"paused": false})).try_send().await);
    let died = queue.acme.server.ended().await;
    assert!(died.signal().is_some(), "it dies at {point}: {died}");
    let replicas = queue.acme.further_replicas().await;
    queue.acme.server.start_again(&[]).await;
    let leads = queue.expect_dealt(0).await;
    assert!(leads.iter().all(|lead| owner(lead) == queue.members[0].id));
    queue.acme.ends_in_order(replicas).await;
}

both! {
    async fn dying_with_leads_dealt_and_not_committed(database: Database) {
        survives(database, "move.written", 2).await;
    }

    async fn dying_with_some_leads_committed(database: Database) {
        survives(database, "waiting.committed", 1).await;
    }

    /// Sixteen clients at all replicas, while who waits is being dealt.
    async fn nobody_is_overtaken_by_newcomers(database: Database) {
        let queue = Queue::of(database).await;
        let replicas = queue.acme.further_replicas().await;
        let clients = at_each(&queue.form, &replicas);
        let resume = async {
            queue.pause(&queue.members[0], false).await;
            queue.pause(&queue.members[1], false).await;
        };
        let (newcomers, ()) = tokio::join!(post_at_once(&clients, &queue.group, 200), resume);
        let leads = queue.expect_dealt(200).await;
        let mut later: Vec<&Value> =
            leads.iter().filter(|lead| !queue.order.contains(&ids(&[(*lead).clone()])[0])).collect();
        later.sort_by_key(|lead| turn(lead));
        assert_eq!(turn(later[0]), LEADS + 1, "every newcomer is behind who waited");
        // Who was told a turn has that one.
        for lead in newcomers.iter().filter(|lead| lead["owner"].is_object()) {
            let stored = leads.iter().find(|stored| stored["id"] == lead["id"]).unwrap();
            assert_eq!(turn(stored), turn(lead));
        }
        queue.acme.ends_in_order(replicas).await;
    }

    /// On PostgreSQL, two transactions that waited for each other would fail the test at its end.
    async fn two_groups_with_one_fallback_do_not_stand_in_each_others_way(database: Database) {
        let acme = World::start(database).await;
        let replicas = acme.further_replicas().await;
        let [tom, ann, uma, ben] = acme.agents(["Tom", "Ann", "Uma", "Ben"]).await;
        // Older and younger than those that fall back to them.
        let third = acme.group("Third", &[&uma, &ben]).await;
        let first = acme.group_with_limits("First", &[&tom], 5, 0).await;
        let second = acme.group_with_limits("Second", &[&ann], 5, 0).await;
        let fourth = acme.group_with_limits("Fourth", &[&uma], 5, 0).await;
        when_nobody_eligible(&acme.database, &first, Then::Group(&fourth)).await;
        when_nobody_eligible(&acme.database, &fourth, Then::Group(&third)).await;
        when_nobody_eligible(&acme.database, &second, Then::Group(&third)).await;
        let form = acme.integration(&["leads.create"]).await;
        let clients = at_each(&form, &replicas);
        let raise = async {
            for limit in 6..12 {
                let body = json!({"distribution": {"daily_limit": limit}});
                acme.owner.patch(format!("/v1/groups/{fourth}"), body.clone()).await.expect(200);
                acme.owner.patch(format!("/v1/groups/{second}"), body).await.expect(200);
            }
        };
        let (one, two, three, ()) = tokio::join!(
            post_at_once(&clients, &first, 60),
            post_at_once(&clients, &second, 60),
            post_at_once(&clients, &third, 20),
            raise,
        );
        let all = [one, two, three].concat();
        assert!(all.iter().all(|lead| lead["owner"].is_object()), "there is always somebody");
        let mut stored = 0;
        for group in [&first, &second, &third, &fourth] {
            let leads = all_leads_of(&acme.owner, group).await;
            expect_gapless_turns(&leads);
            stored += leads.len();
            expect_sound_ledger(&acme, group).await;
        }
        assert_eq!(stored, 140);
        assert!(distribution(&acme.owner, &third).await["turn"].as_u64().unwrap() >= 100);
        acme.ends_in_order(replicas).await;
    }
}
