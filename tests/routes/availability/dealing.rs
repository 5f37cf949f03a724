//! How availability bears upon dealing.

use serde_json::{Value, json};

use crate::support::answer::text;
use crate::support::availability::{dealt, respect_availability, set, skips, works};
use crate::support::both;
use crate::support::leads::{distribution, per_owner, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::time::{hours_after, local_day, offset_to};
use crate::support::world::World;

/// What a skip tells.
fn skip(reason: &str, until: &str) -> (Value, Value) {
    (json!(reason), json!(until))
}

both! {
    /// On the Sunday on which London's clocks are put forward, at 01:00 UTC; New York's were two
    /// weeks before. The organization is somewhere else.
    async fn hours_are_those_on_the_wall_where_each_member_is(database: Database) {
        let clock = |instant: &str| offset_to(instant);
        let early = clock("2038-03-28T00:30:00Z");
        let mut acme =
            World::start_with(database, &[("EVENHAND_CLOCK_OFFSET", early.as_str())]).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        works(&tom, "Europe/London", &["sunday 09:00 17:00"]).await;
        works(&ann, "America/New_York", &["sunday 09:00 17:00"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let regardless = acme.group("Regardless", &[&tom, &ann]).await;
        respect_availability(&acme, &sales, true).await;
        let form = acme.integration(&["leads.create"]).await;

        let expected = [
            skip("outside_working_hours", "2038-03-28T08:00:00.000000Z"),
            skip("outside_working_hours", "2038-03-28T13:00:00.000000Z"),
        ];
        // Seen before anything was dealt, too.
        let members = distribution(&acme.owner, &sales).await["members"].clone();
        let told = members.as_array().unwrap().iter().map(|member| {
            (member["skipped"]["reason"].clone(), member["skipped"]["until"].clone())
        });
        assert_eq!(told.collect::<Vec<_>>(), expected);
        let lead = post_in_turn(&form, &sales, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "nobody_available");
        assert_eq!(skips(&acme.owner, &lead).await, expected);
        let leads = post_in_turn(&form, &regardless, 4).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2), (tom.id.clone(), 2)].into());

        let mut owners = Vec::new();
        for instant in ["2038-03-28T07:50:00Z", "2038-03-28T08:00:00Z", "2038-03-28T12:50:00Z",
            "2038-03-28T13:00:00Z", "2038-03-28T15:50:00Z", "2038-03-28T16:00:00Z",
            "2038-03-28T21:00:00Z"] {
            let offset = clock(instant);
            acme.server.restart_with(&[("EVENHAND_CLOCK_OFFSET", offset.as_str())]).await;
            owners.push([dealt(&form, &sales).await, dealt(&form, &sales).await]);
        }
        let (tom, ann) = (Some(tom.id), Some(ann.id));
        assert_eq!(owners, [
            [None, None],
            [tom.clone(), tom.clone()],
            [tom.clone(), tom.clone()],
            [ann.clone(), tom.clone()],
            [ann.clone(), tom],
            [ann.clone(), ann],
            [None, None],
        ]);
        let owner = acme.owner.signed_in_again().await;
        acme.organization.owner = owner;
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn absences_and_holidays_bite_and_end_at_once(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        let service = acme.group("Service", &[&ann, &tom]).await;
        respect_availability(&acme, &sales, true).await;
        respect_availability(&acme, &service, true).await;
        let (toms, anns) = (Some(tom.id.clone()), Some(ann.id.clone()));
        for group in [&sales, &service] {
            dealt(&acme.owner, group).await;
            dealt(&acme.owner, group).await;
        }

        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        let now = text(&lead["created_at"]);
        // Where it is about noon.
        let (zone, today) = (&acme.time_zone, local_day(&now, &acme.time_zone));
        let tomorrow = local_day(&hours_after(&now, 24), zone);
        let away = json!({"time_zone": zone,
            "absences": [{"from": today, "to": today, "note": "Knee surgery"}]});
        set(&tom, away).await;
        for group in [&sales, &service] {
            let leads = post_in_turn(&acme.owner, group, 3).await;
            assert_eq!(per_owner(&leads), [(ann.id.clone(), 3)].into());
            let (reason, end) = skips(&acme.owner, &leads[0]).await
                .into_iter().find(|(reason, _)| !reason.is_null()).unwrap();
            assert_eq!(reason, "absent");
            assert_eq!(local_day(end.as_str().unwrap(), zone), tomorrow);
            assert_eq!(local_day(&hours_after(end.as_str().unwrap(), -1), zone), today);
        }

        let holidays = "/v1/organization/holidays";
        acme.owner.put(holidays, json!({"holidays": [{"date": today}]})).await.expect(200);
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        assert_eq!(lead["assignment"]["reason"], "nobody_available");
        let [toms_skip, anns_skip] = skips(&acme.owner, &lead).await.try_into().unwrap();
        assert_eq!((toms_skip.0, anns_skip.0), (json!("absent"), json!("holiday")));
        assert_eq!(local_day(anns_skip.1.as_str().unwrap(), zone), tomorrow);
        assert_eq!(dealt(&acme.owner, &service).await, None);

        acme.owner.put(holidays, json!({"holidays": []})).await.expect(200);
        assert_eq!(dealt(&acme.owner, &sales).await, anns);
        acme.owner.delete(format!("/v1/users/{}/availability", tom.id)).await.expect(204);
        for group in [&sales, &service] {
            // They kept their places, and nothing is made up for.
            let owners = [dealt(&acme.owner, group).await, dealt(&acme.owner, group).await];
            assert!(owners.contains(&toms) && owners.contains(&anns), "{owners:?}");
            expect_sound_ledger(&acme, group).await;
        }
    }

    async fn who_joins_is_looked_at_and_only_where_it_is_respected(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group("Sales", &[&ann]).await;
        respect_availability(&acme, &sales, true).await;
        let (toms, anns) = (Some(tom.id.clone()), Some(ann.id.clone()));
        assert_eq!(dealt(&acme.owner, &sales).await, anns);
        works(&tom, "Asia/Tokyo", &[]).await;
        let members = json!({"user_ids": [tom.id, ann.id]});
        acme.owner.put(format!("/v1/groups/{sales}/members"), members).await.expect(200);
        assert_eq!(dealt(&acme.owner, &sales).await, anns);
        assert_eq!(dealt(&acme.owner, &sales).await, anns);

        respect_availability(&acme, &sales, false).await;
        let leads = post_in_turn(&acme.owner, &sales, 4).await;
        assert_eq!(per_owner(&leads), [(ann.id.clone(), 2), (tom.id.clone(), 2)].into());
        respect_availability(&acme, &sales, true).await;
        assert_eq!(dealt(&acme.owner, &sales).await, anns);
        set(&tom, json!({"time_zone": "Asia/Tokyo"})).await;
        let owners = [dealt(&acme.owner, &sales).await, dealt(&acme.owner, &sales).await];
        assert!(owners.contains(&toms) && owners.contains(&anns), "{owners:?}");
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn the_holidays_of_who_has_set_nothing_follow_the_organization_s_zone(database: Database) {
        let acme = World::start(database).await;
        let tom = acme.agent("Tom").await;
        let sales = acme.group("Sales", &[&tom]).await;
        respect_availability(&acme, &sales, true).await;
        let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
        let now = text(&lead["created_at"]);
        // One of the two is a day further than the other.
        let zones = ["Etc/GMT+12", "Etc/GMT-14"];
        let [west, east] = zones.map(|zone| local_day(&now, zone));
        assert_ne!(west, east);
        let set_zone = |zone: &str| acme.owner.patch("/v1/organization", json!({"time_zone": zone}));
        set_zone(zones[0]).await.expect(200);
        let holidays = json!({"holidays": [{"date": east}]});
        acme.owner.put("/v1/organization/holidays", holidays).await.expect(200);
        assert_eq!(dealt(&acme.owner, &sales).await, Some(tom.id.clone()));
        set_zone(zones[1]).await.expect(200);
        assert_eq!(dealt(&acme.owner, &sales).await, None);
        set_zone(zones[0]).await.expect(200);
        assert_eq!(dealt(&acme.owner, &sales).await, Some(tom.id.clone()));
        expect_sound_ledger(&acme, &sales).await;
    }

    async fn leads_of_who_leaves_are_dealt_to_who_is_there(database: Database) {
        let acme = World::start(database).await;
        let [gone, tom, ann] = acme.agents(["Gone", "Tom", "Ann"]).await;
        let first = acme.group("First", &[&gone]).await;
        post_in_turn(&acme.owner, &first, 4).await;
        let sales = acme.group("Sales", &[&tom, &ann]).await;
        respect_availability(&acme, &sales, true).await;
        works(&tom, "Asia/Tokyo", &[]).await;
        let leads = json!({"leads": {"action": "distribute", "group_id": sales}});
        acme.owner.post(format!("/v1/users/{}/deactivate", gone.id), leads).await.expect(200);
        let anns = acme.owner.get(format!("/v1/leads?owner={}", ann.id)).await.expect(200).items();
        assert_eq!(anns.len(), 4);
        expect_sound_ledger(&acme, &sales).await;
    }
}
