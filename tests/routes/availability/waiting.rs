//! Leads that wait for somebody to be on duty.

use serde_json::{Value, json};

use crate::support::answer::{ids, text};
use crate::support::availability::{respect_availability, set, works};
use crate::support::both;
use crate::support::leads::{all_leads_of, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::time::{local_day, offset_shortly_before, offset_to};
use crate::support::waiting::{Then, expect_dealt_in_order, until_waiting, when_nobody_eligible};
use crate::support::world::World;

both! {
    async fn wait_until_the_hours_begin(database: Database) {
        let early = offset_to("2038-03-28T00:30:00Z");
        let mut acme =
            World::start_with(database, &[("EVENHAND_CLOCK_OFFSET", early.as_str())]).await;
        let tom = acme.agent("Tom").await;
        works(&tom, "Europe/London", &["sunday 09:00 17:00"]).await;
        let sales = acme.group("Sales", &[&tom]).await;
        respect_availability(&acme, &sales, true).await;
        when_nobody_eligible(&acme.database, &sales, Then::Wait).await;
        let leads = post_in_turn(&acme.owner, &sales, 2).await;
        for lead in &leads {
            assert_eq!(lead["assignment"]["outcome"], "waiting", "{lead}");
            assert_eq!(lead["assignment"]["next_attempt_at"], "2038-03-28T08:00:00.000000Z");
        }
        let begin = offset_shortly_before("2038-03-28T08:00:00Z");
        acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", begin.as_str())]).await;
        let owner = acme.owner.signed_in_again().await;
        acme.organization.owner = owner;
        until_waiting(&acme.owner, &sales, 0).await;
        let dealt = all_leads_of(&acme.owner, &sales).await;
        expect_dealt_in_order(&dealt, &ids(&leads), 1);
        for lead in &dealt {
            assert!(text(&lead["assignment"]["decided_at"]) .as_str() >= "2038-03-28T08:00:00");
        }
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn wait_no_longer_than_what_keeps_people_away(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        respect_availability(&acme, &sales, true).await;
        when_nobody_eligible(&acme.database, &sales, Then::Wait).await;
        works(&tom, &acme.time_zone, &[]).await;
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!(lead["assignment"]["outcome"], "waiting", "{lead}");
        assert_eq!(lead["assignment"]["next_attempt_at"], Value::Null);
        set(&tom, json!({"time_zone": acme.time_zone})).await;
        until_waiting(&acme.owner, &sales, 0).await;

        let today = local_day(&text(&lead["created_at"]), &acme.time_zone);
        let holidays = "/v1/organization/holidays";
        acme.owner.put(holidays, json!({"holidays": [{"date": today}]})).await.expect(200);
        let other = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!(other["assignment"]["outcome"], "waiting", "{other}");
        acme.owner.put(holidays, json!({"holidays": []})).await.expect(200);
        until_waiting(&acme.owner, &sales, 0).await;
        let dealt = all_leads_of(&acme.owner, &sales).await;
        expect_dealt_in_order(&dealt, &ids(&[lead, other]), 1);
        expect_sound_ledger(&acme, &sales).await;
    }
}
