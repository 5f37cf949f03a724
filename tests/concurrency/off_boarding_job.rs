//! The job behind a deactivation of many leads, through crashes.

use std::os::unix::process::ExitStatusExt as _;

use sea_orm::{ConnectionTrait as _, Database as Connection};
use serde_json::{Value, json};

use super::order::at_each;
use crate::support::answer::{ids, text};
use crate::support::both;
use crate::support::database::Database;
use crate::support::leads::{all_leads_of, owner, per_owner, post_at_once};
use crate::support::ledger::expect_sound_ledger;
use crate::support::off_boarding::{counts, deactivate, history, settled, undo};
use crate::support::world::{Person, World};

/// Enough for three steps.
const LEADS: usize = 450;

/// Tom, who has many leads, and the group they came by.
async fn tom_with_leads(acme: &World) -> (Person, String, Vec<Value>) {
    let tom = acme.agent("Tom").await;
    let from = acme.group("Old", &[&tom]).await;
    let form = acme.integration(&["leads.create"]).await;
    let leads = post_at_once(&[(*form).clone()], &from, LEADS).await;
    (tom, from, leads)
}

/// A server dies when it passes the point for the n-th time while it moves Tom's leads by turns;
/// the other one, or itself started again, goes on. Each lead must be moved exactly once.
async fn survives(database: Database, point: &str, time: u32) {
    let mut acme = World::start(database).await;
    let (tom, from, leads) = tom_with_leads(&acme).await;
    let [ann, ben] = acme.agents(["Ann", "Ben"]).await;
    let group = acme.group_with_limits("Sales", &[&ann, &ben], 215, 0).await;
    acme.server.restart_with(&[("EVENHAND_CRASH_AT", &format!("{point}:{time}"))]).await;
    let body = json!({"leads": {"action": "distribute", "group_id": group}});
    deactivate(&acme.owner, &tom, body).await.expect(202);
    let died = acme.server.ended().await;
    assert!(died.signal().is_some(), "it dies at {point}: {died}");
    // Several at once take it up.
    let replicas = acme.further_replicas().await;
    acme.server.start_again(&[]).await;

    let done = settled(&acme.owner, &tom).await;
    assert_eq!(done["status"], "completed");
    assert_eq!(counts(&done), [450, 430, 20, 0]);
    for client in at_each(&acme.owner, &replicas) {
        let path = format!("/v1/users/{}/deactivation", tom.id);
        assert_eq!(client.get(path).await.expect(200).json(), done);
    }
    let stored = all_leads_of(&acme.owner, &group).await;
    assert_eq!(stored.len(), LEADS);
    let (dealt, left) = crate::support::leads::dealt_and_not(stored);
    crate::support::leads::expect_strict_order(&dealt, &[&ann.id, &ben.id]);
    assert_eq!(left.len(), 20);
    for lead in leads.iter().step_by(30) {
        assert_eq!(history(&acme.owner, lead).await.len(), 2, "moved exactly once");
    }
    for group in [&from, &group] {
        expect_sound_ledger(&acme, group).await;
    }
    acme.ends_in_order(replicas).await;
}

/// A world whose only server has died after the first step of transferring Tom's leads to Ann.
struct Halfway {
    acme: World,
    tom: Person,
    ann: Person,
    from: String,
    leads: Vec<Value>,
}

impl Halfway {
    async fn of(database: Database) -> Self {
        let mut acme = World::start(database).await;
        let (tom, from, leads) = tom_with_leads(&acme).await;
        let ann = acme.agent("Ann").await;
        acme.server.restart_with(&[("EVENHAND_CRASH_AT", "off_boarding.committed:1")]).await;
        let body = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        deactivate(&acme.owner, &tom, body).await.expect(202);
        acme.server.ended().await;
        Self { acme, tom, ann, from, leads }
    }

    /// Changes what the next step will find.
    async fn change(&self, sql: &str) {
        execute(&self.acme.database, sql).await;
    }

    async fn go_on(&mut self) -> Value {
        self.acme.server.start_again(&[]).await;
        settled(&self.acme.owner, &self.tom).await
    }

    async fn owners(&self) -> Vec<(String, usize)> {
        let stored = all_leads_of(&self.acme.owner, &self.from).await;
        let mut owners: Vec<_> = per_owner(&stored).into_iter().collect();
        owners.sort();
        owners
    }
}

fn each(of: [(&Person, usize); 2]) -> Vec<(String, usize)> {
    let mut each: Vec<_> = of.map(|(person, leads)| (person.id.clone(), leads)).into();
    each.sort();
    each
}

async fn execute(database: &Database, sql: &str) {
    let connection = Connection::connect(database.url()).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

/// The id of a record as a literal of SQL.
fn literal(database: &Database, id: &str) -> String {
    if database.url().starts_with("sqlite:") {
        format!("x'{}'", id.replace('-', ""))
    } else {
        format!("'{id}'")
    }
}

/// Somebody archives the group or team that deals the leads, after the first step. The job is some
/// other process's for a while, so that it is under way as long as that takes.
async fn archived(database: Database, kind: &str) {
    let mut acme = World::start(database).await;
    let (tom, _, _) = tom_with_leads(&acme).await;
    let ann = acme.agent("Ann").await;
    let (id, query) = match kind {
        "group" => (acme.group("Sales", &[&ann]).await, ""),
        _ => (acme.team("Blue", &[], &[&ann]).await, "members=remove&"),
    };
    acme.server.restart_with(&[("EVENHAND_CRASH_AT", "off_boarding.committed:1")]).await;
    let leads = json!({"action": "distribute", (format!("{kind}_id")): id});
    deactivate(&acme.owner, &tom, json!({"leads": leads})).await.expect(202);
    acme.server.ended().await;
    let held = format!("UPDATE off_boardings SET lease_until = {}", i64::MAX);
    execute(&acme.database, &held).await;
    acme.server.start_again(&[]).await;

    let path = format!("/v1/{kind}s/{id}?{query}");
    let refused = acme.owner.delete(path.trim_end_matches(['?', '&'])).await;
    let problem = refused.expect_problem(409, &format!("{kind}_in_use"));
    assert_eq!(problem["dependents"], json!([{"kind": "off_boardings", "count": 1}]));
    let answer = |word: &str| acme.owner.delete(format!("{path}off_boardings={word}"));
    answer("keep").await.expect_faults(&[("/off_boardings", "invalid_value")]);
    answer("stop").await.expect(204);
    execute(&acme.database, "UPDATE off_boardings SET lease_until = NULL").await;
    let failed = settled(&acme.owner, &tom).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure"], format!("{kind}_archived"));
    assert_eq!(counts(&failed), [450, 200, 0, 0]);
    let rest = acme.owner.get(format!("/v1/leads?owner={}&limit=100", tom.id)).await.expect(200);
    assert_eq!(rest.items().len(), 100, "the rest stayed his");
}

both! {
    async fn with_a_step_written_and_not_committed(database: Database) {
        survives(database, "move.written", 2).await;
    }

    async fn with_a_step_committed_and_the_next_not_begun(database: Database) {
        survives(database, "off_boarding.committed", 2).await;
    }

    async fn with_the_last_step_written(database: Database) {
        survives(database, "move.written", 3).await;
    }

    async fn what_somebody_decided_on_meanwhile_is_left_alone(database: Database) {
        let mut halfway = Halfway::of(database).await;
        let mut order = ids(&halfway.leads);
        order.sort();
        let last = order.pop().unwrap();
        let lead = literal(&halfway.acme.database, &last);
        let other = literal(&halfway.acme.database, &halfway.tom.id);
        // As if it had got another assignment since.
        let sql = format!("UPDATE off_boarding_leads SET assignment_id = {other} WHERE lead_id = {lead}");
        halfway.change(&sql).await;
        let done = halfway.go_on().await;
        assert_eq!(done["status"], "completed");
        assert_eq!(counts(&done), [450, 449, 0, 1]);
        assert_eq!(done["leads"]["skipped_lead_ids"], json!([last]));
        assert_eq!(halfway.owners().await, each([(&halfway.ann, 449), (&halfway.tom, 1)]));
    }

    async fn when_the_recipient_has_gone_it_stops_and_can_go_on_elsewhere(database: Database) {
        let mut halfway = Halfway::of(database).await;
        let ann = literal(&halfway.acme.database, &halfway.ann.id);
        halfway.change(&format!("UPDATE users SET status = 3 WHERE id = {ann}")).await;
        let failed = halfway.go_on().await;
        assert_eq!((&failed["status"], &failed["failure"]), (&json!("failed"), &json!("user_inactive")));
        assert_eq!(counts(&failed), [450, 200, 0, 0]);
        assert_eq!(halfway.owners().await, each([(&halfway.ann, 200), (&halfway.tom, 250)]));

        let Halfway { acme, tom, .. } = &halfway;
        let ben = acme.agent("Ben").await;
        let body = json!({"leads": {"action": "transfer", "user_id": ben.id}});
        deactivate(&acme.owner, tom, body).await.expect(202);
        assert_eq!(counts(&settled(&acme.owner, tom).await), [250, 250, 0, 0]);
        assert_eq!(halfway.owners().await, each([(&halfway.ann, 200), (&ben, 250)]));
        // Both parts are undone together.
        undo(&acme.owner, tom).await.expect(202);
        assert_eq!(counts(&settled(&acme.owner, tom).await), [450, 450, 0, 0]);
        let stored = all_leads_of(&acme.owner, &halfway.from).await;
        assert!(stored.iter().all(|lead| owner(lead) == tom.id));
    }

    async fn when_the_group_has_gone_it_stops(database: Database) {
        let mut acme = World::start(database).await;
        let (tom, _, leads) = tom_with_leads(&acme).await;
        let ann = acme.agent("Ann").await;
        let group = acme.group("Sales", &[&ann]).await;
        acme.server.restart_with(&[("EVENHAND_CRASH_AT", "off_boarding.committed:1")]).await;
        let body = json!({"leads": {"action": "distribute", "group_id": group}});
        deactivate(&acme.owner, &tom, body).await.expect(202);
        acme.server.ended().await;
        let gone = literal(&acme.database, &group);
        let sql = format!("UPDATE rotations SET archived_at = 1 WHERE group_id = {gone}");
        execute(&acme.database, &sql).await;
        acme.server.start_again(&[]).await;
        let failed = settled(&acme.owner, &tom).await;
        assert_eq!((&failed["status"], &failed["failure"]), (&json!("failed"), &json!("group_archived")));
        assert_eq!(counts(&failed), [450, 200, 0, 0]);
        let rest = acme.owner.get(format!("/v1/leads?owner={}&limit=100", tom.id)).await.expect(200);
        assert_eq!(rest.items().len(), 100, "the rest stayed his");
        let rest: Vec<String> = leads.iter().map(|lead| text(&lead["id"])).collect();
        assert_eq!(rest.len(), LEADS);
        undo(&acme.owner, &tom).await.expect(200);
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [200, 200, 0, 0]);
    }

    async fn archiving_the_group_that_deals_the_leads_stops_it(database: Database) {
        archived(database, "group").await;
    }

    async fn archiving_the_team_that_deals_the_leads_stops_it(database: Database) {
        archived(database, "team").await;
    }

    async fn killed_again_and_again_it_moves_each_lead_once(database: Database) {
        let mut acme = World::start(database).await;
        let mut replicas = acme.further_replicas().await;
        let (tom, from, leads) = tom_with_leads(&acme).await;
        let ann = acme.agent("Ann").await;
        let body = json!({"leads": {"action": "transfer", "user_id": ann.id}});
        deactivate(&acme.owner, &tom, body).await.expect(202);
        for _ in 0..2 {
            acme.server.kill().await;
            acme.server.start_again(&[]).await;
            for replica in &mut replicas {
                replica.kill().await;
                replica.start_again(&[]).await;
            }
        }
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [450, 450, 0, 0]);
        undo(&acme.owner, &tom).await.expect(202);
        acme.server.kill().await;
        acme.server.start_again(&[]).await;
        assert_eq!(counts(&settled(&acme.owner, &tom).await), [450, 450, 0, 0]);
        let stored = all_leads_of(&acme.owner, &from).await;
        assert_eq!(per_owner(&stored), [(tom.id.clone(), LEADS)].into());
        for lead in leads.iter().step_by(30) {
            assert_eq!(history(&acme.owner, lead).await.len(), 3, "there and back, once each");
        }
        acme.ends_in_order(replicas).await;
    }
}
