//! `PATCH /v1/organization`.

use serde_json::{Value, json};

use crate::support::both;
use crate::support::leads::{distribution, post_in_turn};
use crate::support::ledger::expect_sound_ledger;
use crate::support::world::World;

const PATH: &str = "/v1/organization";

both! {
    async fn changes_what_is_named_and_nothing_else(database: Database) {
        let acme = World::start(database).await;
        let before = acme.owner.get(PATH).await.expect(200).json();
        let change = json!({"name": "Acme plc", "country": "ie", "currency": "EUR"});
        let answer = acme.owner.patch(PATH, change).if_match(&before["version"]).await.expect(200);
        let after = answer.json();
        assert_eq!(after["name"], "Acme plc");
        assert_eq!((&after["country"], &after["currency"]), (&json!("IE"), &json!("EUR")));
        assert_eq!(after["time_zone"], before["time_zone"]);
        assert!(after["version"].as_i64() > before["version"].as_i64());
        assert_eq!(answer.header("etag"), format!("\"{}\"", after["version"]));
        assert_eq!(acme.owner.get(PATH).await.expect(200).json(), after);

        let stale = acme.owner.patch(PATH, json!({"name": "Old"})).if_match(&before["version"]);
        stale.await.expect_problem(412, "precondition_failed");
        // What changes nothing is no change.
        let same = acme.owner.patch(PATH, json!({"name": "Acme plc"})).await.expect(200).json();
        assert_eq!(same, after);
        // Phones are read in the new country from the next lead on.
        let lead = json!({"phone": "01 234 5678", "assignment": {"mode": "none"}});
        let lead = acme.owner.post("/v1/leads", lead).await.expect(201).json();
        assert_eq!(lead["phone_e164"], "+35312345678");
    }

    async fn names_all_faults_at_once(database: Database) {
        let acme = World::start(database).await;
        let body = json!({
            "name": null, "time_zone": "Mars/Olympus", "country": "XX", "currency": "BTC",
            "logo": "x",
        });
        acme.owner.patch(PATH, body).await.expect_faults(&[
            ("/name", "required"),
            ("/time_zone", "invalid_time_zone"),
            ("/country", "invalid_country"),
            ("/currency", "invalid_currency"),
            ("/logo", "unknown_field"),
        ]);
        let agent = acme.agent("Tom").await;
        let refused = agent.patch(PATH, json!({"name": "Mine"})).await;
        assert_eq!(refused.expect_problem(403, "permission_denied")["permission"],
            "organization.manage");
    }

    async fn sets_what_becomes_of_duplicates(database: Database) {
        let acme = World::start(database).await;
        let duplicates = |organization: &Value| {
            (organization["duplicate_policy"].clone(), organization["duplicate_window_days"].clone())
        };
        let before = acme.owner.get(PATH).await.expect(200).json();
        assert_eq!(duplicates(&before), (json!("assign_to_previous_owner"), json!(30)));
        for (change, expected) in [
            (json!({"duplicate_policy": "reject"}), (json!("reject"), json!(30))),
            (json!({"duplicate_window_days": 3650}), (json!("reject"), json!(3650))),
            (
                json!({"duplicate_policy": "off", "duplicate_window_days": 1}),
                (json!("off"), json!(1)),
            ),
        ] {
            let after = acme.owner.patch(PATH, change).await.expect(200).json();
            assert_eq!(duplicates(&after), expected);
        }
        let after = acme.owner.get(PATH).await.expect(200).json();
        assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|version| version + 3));
        for (policy, days) in [(json!("merge"), json!(0)), (json!(""), json!(3651)), (json!("Flag"), json!(-1))] {
            let body = json!({"duplicate_policy": policy, "duplicate_window_days": days});
            acme.owner.patch(PATH, body).await.expect_faults(&[
                ("/duplicate_policy", "invalid_value"),
                ("/duplicate_window_days", "invalid_value"),
            ]);
        }
        let body = json!({"duplicate_policy": null, "duplicate_window_days": null});
        acme.owner.patch(PATH, body).await.expect_faults(&[
            ("/duplicate_policy", "required"),
            ("/duplicate_window_days", "required"),
        ]);
        let logged = acme.owner.get("/v1/audit-log").await.expect(200).items();
        let changed = logged.iter().find(|entry| entry["kind"] == "organization.changed").unwrap();
        let (was, is) = (&changed["data"]["before"], &changed["data"]["after"]);
        assert_eq!((duplicates(was).0, duplicates(is).1), (json!("reject"), json!(1)), "{changed}");
    }

    async fn a_new_time_zone_is_every_rotation_s_at_once_and_turns_no_day_back(database: Database) {
        let acme = World::start(database).await;
        let [tom, ann] = acme.agents(["Tom", "Ann"]).await;
        let sales = acme.group_with_limits("Sales", &[&tom, &ann], 1, 0).await;
        let service = acme.group("Service", &[&tom]).await;
        let archived = acme.group("Archived", &[]).await;
        acme.owner.delete(format!("/v1/groups/{archived}")).await.expect(204);
        post_in_turn(&acme.owner, &sales, 2).await;
        let before = distribution(&acme.owner, &sales).await;

        // It is about noon: there it is yesterday, and there tomorrow.
        let today = before["local_day"].clone();
        let west = zone_hours(&acme.time_zone, -13);
        let east = zone_hours(&acme.time_zone, 13);
        for (zone, refills) in [(&west, false), (&east, true)] {
            let Some(zone) = zone else { continue };
            acme.owner.patch(PATH, json!({"time_zone": zone})).await.expect(200);
            let after = distribution(&acme.owner, &sales).await;
            let day = after["local_day"].as_str().unwrap().to_owned();
            assert!(day.as_str() >= today.as_str().unwrap(), "{day} after {today}");
            assert_eq!(day.as_str() > today.as_str().unwrap(), refills, "{zone}");
            let lead = post_in_turn(&acme.owner, &sales, 1).await.remove(0);
            assert_eq!(lead["owner"].is_object(), refills, "{zone}: {lead}");
        }
        expect_sound_ledger(&acme, &sales).await;
        expect_sound_ledger(&acme, &service).await;
    }
}

/// The zone some hours east of another; there is none that far from Greenwich for every place.
fn zone_hours(zone: &str, east: i64) -> Option<String> {
    let west: i64 = zone.strip_prefix("Etc/GMT")?.parse().ok()?;
    let hours = east - west;
    (-12..=14).contains(&hours).then(|| format!("Etc/GMT{:+}", -hours))
}

#[test]
fn zones_are_where_they_should_be() {
    assert_eq!(zone_hours("Etc/GMT+11", 13).as_deref(), Some("Etc/GMT-2"));
    assert_eq!(zone_hours("Etc/GMT-12", -13).as_deref(), Some("Etc/GMT+1"));
    assert_eq!(zone_hours("Etc/GMT-12", 13), None);
    assert_eq!(Value::from(zone_hours("Etc/GMT+0", -13)), Value::Null);
}
